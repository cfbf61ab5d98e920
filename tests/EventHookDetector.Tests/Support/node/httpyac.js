// httpyac as it is, but that it ends only once all it has said is through the pipe.
process.stdout._handle?.setBlocking?.(true);
require('httpyac/bin/httpyac.js');
