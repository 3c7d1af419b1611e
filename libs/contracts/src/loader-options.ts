/**
 * The one set of options with which messages are read and written, at run time and in the
 * generated types: 64-bit integers and enums as strings, absent fields as their defaults
 * (`optional` ones stay absent), oneofs named by a virtual property.
 */
export const loaderOptions = {
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
} as const;
