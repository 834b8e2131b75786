// An inference process without a model. The last message says what it does:
//   count N      emits the words 0 … N−1, one a step
//   die at N     the same, and kills itself at word N
//   deaf         works for a long time and ignores cancellations
//   steps        answers with the number of words that the last cancelled count emitted after its cancellation
const cancelled = new Map();
let stepsAfterCancel = 0;
const layers = [{ layer: 0, entering: 0, leaving: 0 }];
const cost = { meanEntering: 0, meanLeaving: 0, flops: 1, flopsUnpruned: 1, flopsRatio: 1 };
const method = { name: 'none', parameters: {} };
const step = () => new Promise((resolve) => setTimeout(resolve, 5));

async function answer(id, { messages }) {
  const emit = (part) => process.send({ type: 'part', id, part });
  const end = (error) => process.send({ type: 'ended', id, error, residentBytes: 1 });
  const text = messages.at(-1).content;
  const [what, number] = [text.split(' ')[0], Number(text.split(' ').at(-1))];
  cancelled.set(id, false);
  emit({ type: 'prune-report', report: { method, layers, cost } });
  const words = [];
  const say = (word) => {
    words.push(word);
    emit({ type: 'text-delta', text: `${word} ` });
  };
  if (what === 'steps') say(stepsAfterCancel);
  if (what === 'deaf') await new Promise(() => setInterval(() => {}, 1000));
  if (what === 'count' || what === 'die') {
    stepsAfterCancel = 0;
    for (let word = 0; what === 'die' || word < number; word++) {
      await step();
      if (cancelled.get(id)) return end({ message: 'aborted' });
      if (what === 'die' && word === number) process.kill(process.pid, 'SIGKILL');
      say(word);
      if (cancelled.get(id)) stepsAfterCancel++;
    }
  }
  const tokens = { visual: 0, text: 1, generated: words.length };
  const timings = { loadMs: 0, firstTokenMs: 0, decodeMs: 0, decodeTokensPerSecond: null };
  const result = {
    answer: words.join(' '),
    finishReason: 'eos',
    method,
    layers,
    cost,
    tokens,
    timings,
  };
  emit({ type: 'finish', result });
  end();
}

process.on('message', (message) => {
  if (message.type === 'load') {
    if (message.model.ref === 'broken') {
      const error = { code: 'CHECKPOINT_INVALID', message: 'broken', details: {} };
      process.send({ type: 'load-failed', error });
      return;
    }
    const geometry = { layers: 1 };
    const card = {
      id: message.model.ref,
      family: 'none',
      dtype: 'fp32',
      geometry,
      grid: 1,
      imageMode: 'crop',
    };
    process.send({ type: 'ready', card: { ...card, contextLength: 1, loadMs: 0 } });
  } else if (message.type === 'cancel') cancelled.set(message.id, true);
  else void answer(message.id, message.request);
});
process.on('disconnect', () => process.exit(0));
