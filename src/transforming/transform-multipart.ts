import type { MultipartForm } from './multipart-form.js';
import type { Rules } from './rules.js';
import type { TemplateGlobals } from './template-globals.js';

/** Applies rules to the parts of a form. Kong renames before it removes here, and appends nothing. */
export function transformMultipart(form: MultipartForm, rules: Rules, globals: TemplateGlobals | undefined): void {
  for (const { name, value } of rules.rename) {
    if (value !== undefined) form.rename(name, value.render(globals));
  }
  for (const name of rules.remove) form.remove(name);
  for (const { name, value } of rules.replace) {
    const text = value?.render(globals);
    if (text !== undefined && form.has(name)) form.set(name, text);
  }
  for (const { name, value } of rules.add) {
    const text = value?.render(globals);
    if (text !== undefined && !form.has(name)) form.set(name, text);
  }
}
