using System.Text;
using EventHookDetector.Notifications.Webhook;

namespace EventHookDetector.Tests.Notifications.Webhook;

[Trait("Engine", "Any")]
public sealed class StandardWebhookSignatureTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string OtherSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    [Theory]
    [InlineData(Secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}""", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData(
        OtherSecret, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1649367553, """{"email":"test@example.com","username":"test_user"}""",
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=")]
    public void It_is_what_others_compute(string secret, string id, long timestamp, string body, string expected) =>
        Assert.Equal(expected, StandardWebhookSignature.Sign([StandardWebhookSignature.ReadKey(secret)!], id, timestamp, Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Two_keys_sign_side_by_side()
    {
        var keys = new[] { Secret, OtherSecret }.Select(secret => StandardWebhookSignature.ReadKey(secret)!).ToArray();

        var both = StandardWebhookSignature.Sign(keys, "1", 1, "{}"u8).Split(' ');

        Assert.Equal([.. keys.Select(key => StandardWebhookSignature.Sign([key], "1", 1, "{}"u8))], both);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_")]
    [InlineData("whsec_not base64!")]
    [InlineData("whsec_c2hvcnQ=")]
    public void A_secret_that_is_none_has_no_key(string secret) => Assert.Null(StandardWebhookSignature.ReadKey(secret));

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_key_has_24_to_64_bytes(int length, bool isOne) =>
        Assert.Equal(isOne, StandardWebhookSignature.ReadKey($"whsec_{Convert.ToBase64String(new byte[length])}") is not null);
}
