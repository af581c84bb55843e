export type { ForbiddenField, Transaction, TransactionOutput, VkeyWitness } from './transaction.js';
