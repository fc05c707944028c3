/** Why there is no verdict. A proof that is wrong is no error: it gets the verdict `rejected` or `malformed`. */
export class QuickpickleError extends Error {
  /**
   * @param {string} verdict the word of docs/verdicts.md
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(verdict, message, options) {
    super(message, options);
    this.name = this.constructor.name;
    this.verdict = verdict;
  }
}

/** The verification key, or the options that came with it, cannot be used. */
export class KeyError extends QuickpickleError {}

/** What was handed in is nothing that can be read: a value of another type, networks' keys that are none. */
export class InputError extends QuickpickleError {}

/** The check could not be made: the module did not load or stopped, or a table that the check needs is not in it. */
export class UnavailableError extends QuickpickleError {}
