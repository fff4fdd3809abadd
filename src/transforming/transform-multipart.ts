import type { MultipartForm } from './multipart-form.js';
import type { Rules } from './rules.js';

/** Applies rules to the parts of a form. Kong renames before it removes here, and appends nothing. */
export function transformMultipart(form: MultipartForm, rules: Rules): void {
  for (const { name, value } of rules.rename) form.rename(name, value);
  for (const name of rules.remove) form.remove(name);
  for (const { name, value } of rules.replace) if (form.has(name)) form.set(name, value);
  for (const { name, value } of rules.add) if (!form.has(name)) form.set(name, value);
}
