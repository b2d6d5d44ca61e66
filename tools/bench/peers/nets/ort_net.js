/*
 * ort_net.js - a net in ONNX Runtime (npm: onnxruntime-node).
 *
 *	node ort_net.js NET.onnx INPUT.f32 N,C,H,W THREADS OUTPUT.f32
 *
 * Writes the outputs of the first run, then answers each line "SECONDS" with
 * a line of JSON: what a picture took, median and best.
 */
'use strict';
const fs = require('fs');
const readline = require('readline');

let ort;
try {
	ort = require('onnxruntime-node');
} catch (problem) {
	console.error('onnxruntime-node is not there: ' + problem.message);
	process.exit(2);
}

function median(list) {
	const sorted = list.slice().sort((a, b) => a - b);

	return sorted[sorted.length >> 1];
}

async function main(model, input, dims, threads, output) {
	const session = await ort.InferenceSession.create(model, {
		intraOpNumThreads: Number(threads),
		interOpNumThreads: 1,
		executionMode: 'sequential',
		graphOptimizationLevel: 'all',
	});
	const shape = dims.split(',').map(Number);
	const bytes = fs.readFileSync(input);
	const pixels = new Float32Array(bytes.buffer, bytes.byteOffset,
		bytes.length / 4);
	const feeds = { input: new ort.Tensor('float32', pixels, shape) };
	const first = (await session.run(feeds)).output.data;

	fs.writeFileSync(output, Buffer.from(first.buffer, first.byteOffset,
		first.byteLength));
	console.log(JSON.stringify({ version: ort.env.versions.node }));
	const lines = readline.createInterface({ input: process.stdin });
	for await (const line of lines) {
		const spent = [];
		const end = performance.now() + 1e3 * Number(line);

		while (!spent.length || performance.now() < end) {
			const start = performance.now();

			await session.run(feeds);
			spent.push((performance.now() - start) / shape[0]);
		}
		console.log(JSON.stringify({ ms: median(spent),
			best: Math.min(...spent), runs: spent.length }));
	}
}

main(...process.argv.slice(2)).catch((problem) => {
	console.error(problem.message);
	process.exit(1);
});
