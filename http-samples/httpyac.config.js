// For npm's httpyac: npx httpyac send *.http --all --env dev
// The files are written so that VS Code's REST Client, Visual Studio and Rider send them as well. What those would send along, or
// do not know, stands in the files as they like it, and is put into httpyac's own words here, before a file is read:
//   # ?? status == 204                        an assertion, to all others a comment
//   {{name.response.body.$.items[0].id}}      something out of the answer to the request with "# @name name"
module.exports = {
  configureHooks({ hooks }) {
    hooks.parse.addHook('wordsOfOthers', (_, { lines }) => {
      for (const n of lines.keys()) {
        lines[n] = lines[n]
          .replace(/^# (?=\?\? )/, '')
          .replace(/{{(\w+)\.response\.body\.\$\.(.+?)}}/g, (_, name, path) => `{{${name}.${path.replaceAll('].', ']?.')}}}`);
      }
      return false;
    }, { before: ['meta'] });
  },
};
