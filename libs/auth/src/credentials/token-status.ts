/** The result of an endpoint about one token. */
export type TokenStatus =
  | {
      readonly kind: 'active';
      /** Members of the response, deeply frozen. */
      readonly members: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'refused';
      /** The reason, without any value out of the response. */
      readonly problem: string;
    };
