export { GGML_TYPES, isGgmlType, tensorBytes, type GgmlType } from './ggml-type.ts';
export { readGguf, type GgufFile, type PlainValue, type StoredTensor } from './gguf-reader.ts';
export { writeGguf, type GgufContent, type MetadataValue, type Tensor } from './gguf-writer.ts';
export { quantise } from './quantise.ts';
export { randomModel, type RandomModel, type RandomModelOptions } from './random-model.ts';
export { CHAT_TEMPLATE, type Architecture, type NetworkShape } from './tiny-format.ts';
export { exportTrainedModel, type ExportOptions } from './trained-model.ts';
