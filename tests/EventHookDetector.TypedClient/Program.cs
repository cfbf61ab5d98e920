using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration.CSharp;

// Makes a typed client of an OpenAPI document and compiles it: document.json client.dll
// It is a program of its own because NSwag brings an older Parlot, and the detector, which the tests hold, needs a newer one.
if (args is not [var document, var client]) return 2;

var settings = new CSharpClientGeneratorSettings
{
    ClassName = "DetectorClient",
    UseBaseUrl = false,
    CSharpGeneratorSettings = { Namespace = "Generated", JsonLibrary = CSharpJsonLibrary.SystemTextJson },
};
var code = new CSharpClientGenerator(await OpenApiDocument.FromJsonAsync(await File.ReadAllTextAsync(document)), settings).GenerateFile();
var compiled = CSharpCompilation.Create(
    "Generated",
    [CSharpSyntaxTree.ParseText(code)],
    ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)),
    new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)).Emit(client);
foreach (var fault in compiled.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)) Console.WriteLine(fault);
return compiled.Success ? 0 : 1;
