'use strict'

// What the path says is done, most of it bad.
const deeds = {
  '/echo': async () => ({ pid: process.pid }),
  '/exit': () => process.exit(7),
  '/loop': () => { for (;;) ; },
  '/never': () => new Promise((resolve) => setTimeout(resolve, 3600e3)),
  '/unsettled': () => new Promise(() => {}),
  '/throw': async () => { throw new TypeError('as told') },
  '/throw-late': () => { setTimeout(() => { throw new Error('as told, late') }, 10); return new Promise((resolve) => setTimeout(resolve, 3600e3)) },
  '/reject-late': () => { setTimeout(() => Promise.reject(new Error('as told, late')), 10); return new Promise((resolve) => setTimeout(resolve, 3600e3)) },
  '/throw-nothing': async () => { throw undefined },
  '/throw-odd': async () => { throw { toString() { throw new Error('odd') } } },
  '/circular': async () => { const a = {}; a.a = a; return a },
  '/bigint': async () => 1n,
  '/large': async () => 'x'.repeat(7 << 20),
  '/sockets': () => { for (const h of process._getActiveHandles()) h.destroy?.(); return new Promise((resolve) => setTimeout(resolve, 3600e3)) },
  '/descriptors': () => { for (let fd = 0; fd < 64; fd++) try { require('fs').closeSync(fd) } catch {} return new Promise((resolve) => setTimeout(resolve, 3600e3)) },
  '/print': async () => { for (let i = 0; i < 100000; i++) console.log('line', i); return { pid: process.pid } },
  '/print-no-line': async () => { process.stdout.write('x'.repeat(5 << 20)); return { pid: process.pid } },
  '/print-bytes': async () => { process.stdout.write(Buffer.from([0, 10, 13, 255, 254, 27, 10])); return { pid: process.pid } },
  '/stdout-closed': async () => { process.stdout.destroy(); return { pid: process.pid } },
  '/memory': async () => { const all = []; for (;;) all.push(Buffer.alloc(16 << 20, 1)) },
  '/pollute': async () => { Object.prototype.statusCode = 500; Array.prototype.toJSON = () => 'odd'; return { pid: process.pid } },
  '/signal': async () => { process.kill(process.pid, 'SIGTERM'); return new Promise((resolve) => setTimeout(resolve, 3600e3)) },
}

exports.handler = (event) => deeds[event.rawPath]()
