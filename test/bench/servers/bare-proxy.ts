/** The limit of what stands before an application: `node:http` that passes requests on over kept connections, and answers back. */
import { Agent, createServer, request } from 'node:http';

const agent = new Agent({ keepAlive: true });
const to = { agent, host: '127.0.0.1', port: Number(process.env['TO']) };

createServer((req, res) => {
  const passed = request({ ...to, method: req.method, path: req.url, headers: req.headers }, (answer) => {
    res.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(res);
  });
  req.pipe(passed);
}).listen(Number(process.env['PORT']), '127.0.0.1');
