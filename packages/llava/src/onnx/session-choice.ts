import { availableParallelism } from 'node:os';
import { AutopruneError } from '@autoprune/core';
import { findOnnxRuntimeAddon, type OnnxRuntimeAddon } from '@autoprune/kernels';
import { findLibrary } from './find-library.js';

/** How graphs are run in this process. */
export interface SessionChoice {
  /** `native`: by the addon of `@autoprune/kernels`; `binding`: by onnxruntime-node's own. */
  readonly name: 'native' | 'binding';
  /** One line for reports: what was found and what was tried. */
  readonly detail: string;
  readonly addon?: OnnxRuntimeAddon;
}

let chosen: { readonly asked: string; readonly choice: SessionChoice } | undefined;

function tryNative(): SessionChoice {
  const binding = (detail: string): SessionChoice => ({ name: 'binding', detail });
  const { addon, detail } = findOnnxRuntimeAddon();
  if (!addon) return binding(`onnxruntime-node's binding; no native session: ${detail}`);
  const library = findLibrary();
  if ('missing' in library) return binding(`onnxruntime-node's binding; ${library.missing}`);
  try {
    const version = addon.open(library.path, availableParallelism());
    return { name: 'native', detail: `onnxruntime ${version} through the addon`, addon };
  } catch (cause) {
    const reason = `${library.path} cannot be used: ${(cause as Error).message}`;
    process.emitWarning(`The native session is not used: ${reason}`, {
      type: 'AutopruneWarning',
      code: 'SESSION_FALLBACK',
      detail: 'onnxruntime-node runs the model instead and holds the event loop meanwhile.',
    });
    return binding(`onnxruntime-node's binding; ${reason}`);
  }
}

/**
 * Which sessions run graphs: those of the addon where it and the library of onnxruntime-node fit together, else those of
 * onnxruntime-node itself. AUTOPRUNE_SESSION=binding or native asks for one of them. Decided once a process.
 *
 * @throws ARGUMENT_INVALID for another word; BACKEND_UNAVAILABLE where `native` is asked for and cannot be had
 */
export function sessionChoice(): SessionChoice {
  const asked = process.env.AUTOPRUNE_SESSION ?? '';
  if (chosen?.asked === asked) return chosen.choice;
  if (!['', 'native', 'binding'].includes(asked)) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected native or binding for AUTOPRUNE_SESSION but received ${asked}`,
      { asked },
    );
  }
  const choice: SessionChoice =
    asked === 'binding'
      ? { name: 'binding', detail: "onnxruntime-node's binding, as asked for" }
      : tryNative();
  if (asked === 'native' && !choice.addon) {
    throw new AutopruneError(
      'BACKEND_UNAVAILABLE',
      `AUTOPRUNE_SESSION asks for the native session, which cannot be had: ${choice.detail}`,
    );
  }
  chosen = { asked, choice };
  return choice;
}
