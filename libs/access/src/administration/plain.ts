/**
 * The members of a wire class as a plain type. Mappers return it, because what they build is an
 * object literal that may be spread into a larger answer, not an instance of the class.
 */
export type Plain<T> = { [Name in keyof T]: T[Name] };
