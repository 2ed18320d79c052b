/** The limit: `node:http` that reads the body and answers 204. */
import { createServer } from 'node:http';

createServer((req, res) => {
  req.on('data', () => {});
  req.on('end', () => {
    res.statusCode = 204;
    res.end();
  });
}).listen(Number(process.env['PORT']), '127.0.0.1');
