import whole from '../../jest.config.mjs';

/** Against a server that is none of the mesh's: `RYZ_FOREIGN_URL=http://127.0.0.1:8000/v1 npm run test:foreign`. */
export default {
  ...whole,
  reporters: ['default'],
  rootDir: '../..',
  roots: ['<rootDir>/test/foreign'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 120_000,
  maxWorkers: 1,
};
