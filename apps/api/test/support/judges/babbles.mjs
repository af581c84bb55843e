/** Says what is no verdict. */
export default function judge() {
  return null;
}
