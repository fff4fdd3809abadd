import { Expose, Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';

/** How the text of an environment variable is read. */
export interface SettingKind<T> {
  /** What may be written, for the message that refuses anything else. */
  readonly allowed: string;
  /** Whether the text must not be repeated in messages. */
  readonly secret?: boolean;
  /** The value, or `undefined` when the text is none of what is allowed. */
  parse(text: string): T | undefined;
}

/** Stands in for the value of a variable whose text could not be read, until validation reports it. */
class Unreadable {
  constructor(readonly text: string) {}
}

const unread = (value: unknown): string => (value instanceof Unreadable ? value.text : '');

/** The name under which settings sit in class-validator's metadata. */
export const SETTING = 'environment-setting';

/**
 * Declares a setting: which environment variable it is read from and how. The property's initial value is the default; an
 * empty variable counts as absent, as in Kong.
 */
export function Setting<T>(variable: string, kind: SettingKind<T>): PropertyDecorator {
  const decorators = [
    Expose({ name: variable }),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? (kind.parse(value) ?? new Unreadable(value)) : value,
    ),
    ValidateBy({
      name: SETTING,
      constraints: [variable],
      validator: {
        validate: (value) => !(value instanceof Unreadable),
        defaultMessage: (args) =>
          `${variable} is '${kind.secret ? '******' : unread(args?.value)}'; allowed: ${kind.allowed}`,
      },
    }),
  ];
  return (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
}
