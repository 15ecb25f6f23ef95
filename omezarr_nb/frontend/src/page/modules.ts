/** Modules that stand in the page as compressed text, each in a script element of its own, and run when they are needed. */

const running = new Map<string, Promise<unknown>>();

/** The text of a module, which the page carries as gzip in base 64. */
export async function textOf(name: string): Promise<ArrayBuffer> {
  const element = document.querySelector(`script[data-omezarr-nb-module="${name}"]`);
  if (!element?.textContent) throw new Error(`The module ${name} is not part of this page.`);
  const packed = Uint8Array.from(atob(element.textContent.trim()), (character) => character.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** What a module exports; it runs once. */
export function moduleOf<T>(name: string): Promise<T> {
  const known = running.get(name) ?? run(name);
  running.set(name, known);
  return known as Promise<T>;
}

async function run(name: string): Promise<unknown> {
  // It is not revoked: what the viewer fetches later imports from it.
  return import(URL.createObjectURL(new Blob([await textOf(name)], { type: "text/javascript" })));
}
