// Compiles every contract to contracts/artifacts/<Name>.json, the same bytes on every machine.
//
//   node build.mjs [Name ...]           build all contracts, or those named
//   node build.mjs --check [Name ...]   build in memory; exit 1 with the names that differ
//   node build.mjs --in FOLDER ...      the same of contracts elsewhere, artifacts beside them
//
// Each contract is compiled alone with exactly the sources that it imports, so an artifact depends
// on nothing else in the tree, and a broken neighbour stops nobody.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const HOME = dirname(fileURLToPath(import.meta.url));
const WORDS = process.argv.slice(2);
const ELSEWHERE = WORDS.includes("--in") ? WORDS.splice(WORDS.indexOf("--in"), 2)[1] : undefined;
const ARTIFACTS = ELSEWHERE ? resolve(ELSEWHERE) : join(HOME, "artifacts");
// src/interfaces and src/libraries are only imported.
const CONTRACT_FOLDERS = ELSEWHERE ? [relative(HOME, ARTIFACTS)] : ["src", "src/ezkl"];

// Cancun is the newest fork that py-evm, revm as bound by pyrevm, and eth-tester all run.
// Without the metadata's hash the bytecode changes only when the code does, not with a comment.
const SETTINGS = {
  evmVersion: "cancun",
  metadata: { bytecodeHash: "none" },
  optimizer: { enabled: true, runs: 200 },
};

// The code generator through Yul, where the other one runs out of stack.
const VIA_IR = new Set([]);

// The settings with which ezkl's verifier has the size that it is known by.
const OVERRIDES = {
  Halo2VerifierReusable: { evmVersion: "cancun", optimizer: { enabled: true, runs: 1 } },
};

function settingsOf(name) {
  const settings = OVERRIDES[name] ?? SETTINGS;
  return VIA_IR.has(name) ? { ...settings, viaIR: true } : settings;
}

function contractPaths() {
  return CONTRACT_FOLDERS.filter((folder) => existsSync(join(HOME, folder)))
    .flatMap((folder) =>
      readdirSync(join(HOME, folder))
        .filter((file) => file.endsWith(".sol"))
        .map((file) => `${folder}/${file}`),
    )
    .sort();
}

function readSource(path) {
  const root = path.startsWith("@") ? join(HOME, "node_modules") : HOME;
  return readFileSync(join(root, path), "utf8");
}

function compile(path) {
  const name = basename(path, ".sol");
  const settings = settingsOf(name);
  const sources = new Map();
  const read = (wanted) => {
    try {
      sources.set(wanted, readSource(wanted));
      return { contents: sources.get(wanted) };
    } catch {
      return { error: `no such source: ${wanted}` };
    }
  };
  const input = {
    language: "Solidity",
    sources: { [path]: { content: read(path).contents } },
    settings: {
      ...settings,
      outputSelection: { [path]: { [name]: ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "devdoc"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read }));
  // A generated source's warnings are its generator's; ours must have none.
  const lenient = path.startsWith("src/ezkl/");
  const problems = (output.errors ?? []).filter((each) => each.severity === "error" || !lenient);
  if (problems.length > 0) {
    throw new Error(problems.map((each) => each.formattedMessage).join("\n"));
  }
  const contract = output.contracts?.[path]?.[name];
  if (contract === undefined) {
    throw new Error(`${path} declares no contract named ${name}`);
  }
  const digests = [...sources].map(([file, text]) => [file, createHash("sha256").update(text).digest("hex")]);
  return {
    name,
    compiler: solc.version().replace(/\.Emscripten.*$/, ""),
    settings,
    sources: Object.fromEntries(digests.sort(([a], [b]) => (a < b ? -1 : 1))),
    parameters: parameterNotes(contract.devdoc),
    abi: contract.abi,
    bytecode: `0x${contract.evm.bytecode.object}`,
    deployedBytecode: `0x${contract.evm.deployedBytecode.object}`,
  };
}

// What the NatSpec says of each function's arguments, by signature: units and meaning.
function parameterNotes(devdoc) {
  const notes = Object.entries(devdoc.methods ?? {}).filter(([, { params }]) => params !== undefined);
  return Object.fromEntries(notes.map(([signature, { params }]) => [signature, params]));
}

function artifactText(artifact) {
  // One ABI entry per line: short enough to read, and a diff shows the entry that changed.
  const { abi, ...rest } = artifact;
  const entries = abi.map((entry) => `    ${JSON.stringify(entry)}`).join(",\n");
  const text = JSON.stringify({ ...rest, abi: "ABI" }, null, 2);
  return `${text.replace('"ABI"', `[\n${entries}\n  ]`)}\n`;
}

function sizesText() {
  const sizes = readdirSync(ARTIFACTS)
    .filter((file) => file.endsWith(".json") && file !== "sizes.json")
    .sort()
    .map((file) => JSON.parse(readFileSync(join(ARTIFACTS, file), "utf8")))
    .map((artifact) => [artifact.name, (artifact.deployedBytecode.length - 2) / 2]);
  return `${JSON.stringify(Object.fromEntries(sizes), null, 2)}\n`;
}

function currentText(file) {
  const path = join(ARTIFACTS, file);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function selected(paths, names) {
  if (names.length === 0) return paths;
  const known = new Set(paths.map((path) => basename(path, ".sol")));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new Error(`no contract named ${unknown.join(", ")}; there are: ${[...known].join(", ")}`);
  }
  return paths.filter((path) => names.includes(basename(path, ".sol")));
}

function main(words) {
  const check = words.includes("--check");
  const paths = contractPaths();
  const names = words.filter((word) => word !== "--check");
  const failed = [];
  const differing = [];
  mkdirSync(ARTIFACTS, { recursive: true });
  for (const path of selected(paths, names)) {
    const name = basename(path, ".sol");
    try {
      const text = artifactText(compile(path));
      if (text === currentText(`${name}.json`)) continue;
      differing.push(name);
      if (!check) writeFileSync(join(ARTIFACTS, `${name}.json`), text);
    } catch (error) {
      failed.push(name);
      console.error(`${name}: ${error.message}`);
    }
  }
  if (!ELSEWHERE && sizesText() !== currentText("sizes.json")) {
    if (check) differing.push("sizes.json");
    else writeFileSync(join(ARTIFACTS, "sizes.json"), sizesText());
  }
  const verb = check ? "differs from its sources" : "built";
  differing.forEach((name) => console.log(`${name} ${verb}`));
  return failed.length > 0 || (check && differing.length > 0) ? 1 : 0;
}

try {
  process.exitCode = main(WORDS);
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
