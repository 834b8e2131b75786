import type { ScorerSource } from './benchmark.js';

/** A file of LLaVA, at the commit whose rules are followed. */
export function llava(path: string): ScorerSource {
  return {
    repository: 'haotian-liu/LLaVA',
    path,
    commit: 'c121f0432da27facab705978f83c4ada465e46fd',
  };
}

/** A file of lmms-eval, at the commit whose rules are followed. */
export function lmmsEval(path: string): ScorerSource {
  return {
    repository: 'EvolvingLMMs-Lab/lmms-eval',
    path,
    commit: '75571cfe0fa36ca5ec2e6aa2bb268f9d38295af3',
  };
}

/** A file of VLMEvalKit, at the commit whose rules are followed. */
export function vlmEvalKit(path: string): ScorerSource {
  return {
    repository: 'open-compass/VLMEvalKit',
    path,
    commit: 'e8e78f05f3080fe28154f2130321f17951c3be94',
  };
}
