// An SMTP server for the tests. The first line of its input says how to behave; when the input ends, it ends.
// It prints one JSON object a line: {"port"} once it listens, then {"mail"} for each mail it accepts.
const readline = require('node:readline');
const { SMTPServer } = require('smtp-server');

const print = line => process.stdout.write(JSON.stringify(line) + '\n');

const refuse = (code, text) => Object.assign(new Error(text), { responseCode: code });

function start(how) {
  const server = new SMTPServer({
    secure: how.security === 'Tls',
    hideSTARTTLS: how.security === 'None',
    disabledCommands: [...(how.security === 'None' ? ['STARTTLS'] : []), ...(how.user ? [] : ['AUTH'])],
    allowInsecureAuth: how.security === 'None',
    authOptional: !how.user,
    cert: how.certificate,
    key: how.key,
    logger: false,

    onAuth(auth, session, done) {
      if (auth.username === how.user && auth.password === how.password && !how.refuseLogin) return done(null, { user: auth.username });

      const plain = Buffer.from(`\0${auth.username}\0${auth.password}`).toString('base64');
      done(refuse(535, `5.7.8 no such login: ${auth.username} ${auth.password} ${plain}`));
    },

    onRcptTo(address, session, done) {
      const code = how.refuseRecipients[address.address];
      done(code ? refuse(code, 'this mailbox does not want it') : null);
    },

    onData(stream, session, done) {
      const chunks = [];
      stream.on('data', chunk => chunks.push(chunk));
      stream.on('end', () => {
        if (how.refuseMail) return done(refuse(how.refuseMail, 'not now, or never'));

        const recipients = session.envelope.rcptTo.map(recipient => recipient.address);
        print({ mail: { text: Buffer.concat(chunks).toString('utf8'), recipients, secure: session.secure, user: session.user ?? null } });
        done(null, 'taken');
      });
    },
  });

  server.on('error', () => { /* A client that dislikes our certificate hangs up; that is what some tests want. */ });
  server.listen(0, '127.0.0.1', () => print({ port: server.server.address().port }));
}

readline.createInterface({ input: process.stdin })
  .once('line', line => start(JSON.parse(line)))
  .once('close', () => process.exit(0));
