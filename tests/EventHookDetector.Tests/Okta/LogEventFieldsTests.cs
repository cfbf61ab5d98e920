using System.Text;
using CsCheck;
using EventHookDetector.Okta;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Okta;

/// <summary>Reading fast finds what reading slowly finds, whatever the bytes are.</summary>
[Trait("Engine", "Any")]
public sealed class LogEventFieldsTests
{
    private static readonly string[] Samples = ["reset-all", "reset-all-nulls-left-out", "reset-all-several-targets", "preview"];

    private static readonly Dictionary<string, string[]> NamesIn = new()
    {
        ["log event"] =
        [
            "uuid", "u\\u0075id", "published", "displayMessage", "severity", "\\ud800", "", "actor", "act\\u006fr", "target", "outcome", "client", "request",
            "securityContext", "transaction", "debugContext",
        ],
        ["log event of debug data"] = ["debugContext", "debugContext", "severity"],
        ["actor"] = ["id", "type", "alternateId", "displayName", "\\u0069d"],
        ["act\\u006fr"] = ["id", "\\ud800"],
        ["target"] = ["id", "type", "alternateId", "displayName"],
        ["outcome"] = ["result", "reason"],
        ["client"] = ["ipAddress", "device", "geographicalContext", "userAgent", "ipChain"],
        ["geographicalContext"] = ["city", "state", "country"],
        ["userAgent"] = ["rawUserAgent", "browser", "os"],
        ["request"] = ["ipChain"],
        ["ipChain"] = ["ip", "ip", "version"],
        ["securityContext"] = ["asNumber", "asOrg", "isp", "domain", "isProxy", "risk"],
        ["risk"] = ["level"],
        ["transaction"] = ["id", "detail"],
        ["detail"] = ["requestApiTokenId"],
        ["debugContext"] = ["debugData", "debugData", "risk"],
        ["debugData"] = ["risk", "r\\u0069sk", "logOnlySecurityData", "requestUri"],
    };

    private static readonly Gen<string> Plain = Gen.OneOf(
        "null", "true", "false", "0", "-1.5e300", "1e999", "\"\"", "\" \"", "\"x\"", "\"\\ud800\"", "\"a\\u0000b\"", "\"True\"", "\"2026-11-24T09:15:02.417Z\"",
        "\"{level=HIGH, reasons=New Device, New IP}\"", "\"{level=LO\\u0000W}\"", "\"{\\\"risk\\\":{\\\"level\\\":\\\"MEDIUM\\\"}}\"", "\"{\\\"risk\\\":1\"",
        "[[\"{level=LOW}\"]]", "[{\"ip\":1},{\"ip\":{}},7,[{\"ip\":\"no\"}],{\"ip\":\"1\"}]", "[]", "{}");

    [Theory]
    [InlineData("log event")]
    [InlineData("log event of debug data")]
    public void In_objects_with_what_they_should_hold_and_not_once_and_twice(string kind) => ObjectOf(kind).Sample(AssertReadAlike, iter: 20_000);

    [Fact]
    public void In_samples_with_bytes_overwritten_and_cut_off() =>
        Gen.Select(Gen.OneOf(Samples), Gen.Int[0, 3500], Gen.Byte.Array[1, 4], Gen.Int[1, 6000]).Sample(
            (sample, at, bytes, length) =>
            {
                var json = Reading.Of(Some.Sample(sample)).LogEvents[0].Json;
                bytes.CopyTo(json, Math.Min(at, json.Length - bytes.Length));
                AssertReadAlike(json[..Math.Min(length, json.Length)]);
            },
            iter: 5000);

    [Theory]
    [InlineData(250)]
    [InlineData(252)]
    [InlineData(253)]
    [InlineData(254)]
    [InlineData(260)]
    public void In_arrays_as_deep_as_may_be_and_deeper(int depth)
    {
        var (opened, closed) = (new string('[', depth), new string(']', depth));
        var risk = $"{opened}\"{{level=HIGH}}\",[1]{closed}";

        AssertReadAlike("{\"uuid\":\"u\",\"debugContext\":{\"debugData\":{\"logOnlySecurityData\":\"{}\",\"risk\":" + risk + "}},\"severity\":\"s\"}");
    }

    private static Gen<string> ObjectOf(string kind) =>
        Gen.OneOf(NamesIn[kind]).SelectMany(name => ValueOf(name).Select(value => $"\"{name}\":{value}")).Array[0, 8]
            .Select(properties => $"{{{string.Join(',', properties)}}}");

    private static Gen<string> ValueOf(string name) => !NamesIn.ContainsKey(name) ? Plain : Gen.Frequency(
        (2, Plain),
        (4, ObjectOf(name)),
        (2, Gen.OneOf(Plain, ObjectOf(name)).Array[0, 3].Select(items => $"[{string.Join(',', items)}]")));

    private static void AssertReadAlike(string json) => AssertReadAlike(Encoding.UTF8.GetBytes(json));

    private static void AssertReadAlike(byte[] json) => Assert.Equal(PlainReading.FieldsOf(json), PlainReading.Describe(LogEventFields.Read(json)));
}
