import {
  addressOption,
  countOption,
  durationOption,
  numberOption,
  repeated,
  requestIdOption,
  seedOption,
  urlOption,
} from './option-values.ts';

describe('values of options', () => {
  it.each([
    [durationOption, '500ms', 500],
    [durationOption, '1.5s', 1_500],
    [durationOption, '2m', 120_000],
    [durationOption, '30', 30_000],
    [countOption, '64', 64],
    [numberOption, '.7', 0.7],
    [numberOption, '0', 0],
    [seedOption, '007', '7'],
    [seedOption, '18446744073709551615', '18446744073709551615'],
    [requestIdOption, 'demo-1', 'demo-1'],
    [addressOption, '[::1]:50051', '[::1]:50051'],
    [addressOption, 'mesh.example:443', 'mesh.example:443'],
    [urlOption, 'https://traces.example/jaeger/', 'https://traces.example/jaeger'],
  ])('%p reads %p', (read, text, value) => {
    expect(read(text)).toEqual(value);
  });

  it.each([
    [durationOption, '5h'],
    [durationOption, '-1s'],
    [durationOption, '25000m'],
    [countOption, '0'],
    [countOption, '1.5'],
    [numberOption, '-1'],
    [numberOption, 'NaN'],
    [seedOption, '18446744073709551616'],
    [seedOption, '-1'],
    [requestIdOption, 'two words'],
    [requestIdOption, ''],
    [addressOption, 'localhost'],
    [addressOption, 'localhost:0'],
    [addressOption, 'http://localhost:50051'],
    [urlOption, 'localhost:16686'],
  ])('%p refuses %p', (read, text) => {
    expect(() => read(text)).toThrow('It must be ');
  });

  it('are gathered where an option is repeated', () => {
    expect(repeated('b', repeated('a'))).toEqual(['a', 'b']);
  });
});
