import { type Introduced, VAN_ROSSEM } from './builtin.js';

const [ALONZO, VASIL, VALENTINE, CHANG, PLOMIN] = [5, 7, 8, 9, 10];

export const FROM_ALONZO: Introduced = { plutusV1: ALONZO, plutusV2: VASIL, plutusV3: CHANG };
export const FROM_VASIL: Introduced = { plutusV1: VAN_ROSSEM, plutusV2: VASIL, plutusV3: CHANG };
export const FROM_VALENTINE: Introduced = { plutusV1: VAN_ROSSEM, plutusV2: VALENTINE, plutusV3: CHANG };
export const FROM_CHANG: Introduced = { plutusV1: VAN_ROSSEM, plutusV2: VAN_ROSSEM, plutusV3: CHANG };
/** With Chang in Plutus V3, one version later in V2. */
export const FROM_CHANG_AND_PLOMIN: Introduced = { plutusV1: VAN_ROSSEM, plutusV2: PLOMIN, plutusV3: CHANG };
export const FROM_PLOMIN: Introduced = { plutusV1: VAN_ROSSEM, plutusV2: VAN_ROSSEM, plutusV3: PLOMIN };
export const FROM_VAN_ROSSEM: Introduced = {
  plutusV1: VAN_ROSSEM,
  plutusV2: VAN_ROSSEM,
  plutusV3: VAN_ROSSEM,
};
