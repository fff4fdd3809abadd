/** Units are types: numbers that do not mix. Put on at the door (`configure`, wire readers), carried to the end. */
declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]?: Name };

export type Milliseconds = Unit<'ms'>;
export type Seconds = Unit<'s'>;
export type Bytes = Unit<'bytes'>;
export type Tokens = Unit<'tokens'>;
export type UsDollars = Unit<'usd'>;

export const milliseconds = (value: number): Milliseconds => value as Milliseconds;
export const seconds = (value: number): Seconds => value as Seconds;
export const bytes = (value: number): Bytes => value as Bytes;
export const tokens = (value: number): Tokens => value as Tokens;
export const usDollars = (value: number): UsDollars => value as UsDollars;
