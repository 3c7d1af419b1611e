import { isLoopback } from './loopback.ts';

it.each(['127.0.0.1:50051', '127.8.0.1:0', 'localhost:80', 'LOCALHOST:80', '[::1]:1', '[0:0:0:0:0:0:0:1]:1'])(
  '%s is this machine alone',
  (address) => expect(isLoopback(address)).toBe(true),
);

it.each([
  '0.0.0.0:50051',
  '[::]:50051',
  '10.0.0.7:1',
  '128.0.0.1:1',
  'api-server:50051',
  'localhost.example.com:1',
  '127.0.0.1.example.com:1',
  '127.1:1',
  '127.0.0.1x:1',
  '0:80',
  '2130706433:80',
  '[::ffff:7f00:1]:1',
  '[fe80::1]:1',
  '[::11]:1',
])('%s may be reached from elsewhere', (address) => expect(isLoopback(address)).toBe(false));
