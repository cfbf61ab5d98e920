// Verifies a webhook with the reference library. Input: {"secret", "headers", "body"} in JSON; says ok, or why not.
const { Webhook } = require('standardwebhooks');

let input = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', text => { input += text; });
process.stdin.on('end', () => {
  const { secret, headers, body } = JSON.parse(input);
  try {
    new Webhook(secret).verify(body, headers);
    process.stdout.write('ok');
  } catch (fault) {
    process.stdout.write(String(fault.message));
  }
});
