namespace EventHookDetector.Hosting;

/// <summary>What somebody reads first who has just been woken.</summary>
internal static class SwaggerLanding
{
    public const string Text =
        """
        Watches an Okta org for the moment when all MFA factors of an account are reset, at once or (on Identity Engine) one by one,
        and tells people.

        **You have been woken? In this order:**

        1. **Authorize**: press the button and enter your operator's key (`Operators:{name}:Key`). Once is enough.
        2. **What happened?** [Alerts](#/Alerts): list with `status=open` and `outcome=alerted`, then show the one you were told of, by its id. It says who reset
           whose factors, when and from where, and holds the log event as it came.
        3. **Take it**: *acknowledge* it, so that nobody else gets up too.
        4. **Judge it**: the rule that found it, in [Rules](#/Rules), has a triage guide. Call the person whose factors were reset, by a number
           you knew before. If they did not ask for it, act in Okta: suspend the account, end its sessions.
        5. **Close it** with your verdict, and a note for whoever comes in the morning.
        6. **Never again for this?** Closing as `falsePositive` offers a draft: *preview* it under [Exception items](#/Exception%20items), then add
           it. What is planned is announced under [Expected resets](#/Expected%20resets).

        **Nobody was woken, and should have been?** [Explain](#/Explain) says what became of a log event, by its uuid from Okta's System Log.
        [Notifications](#/Notifications) shows who was told, and `state=abandoned` who could not be. [Notifiers](#/Notifiers) tests a channel.
        [Windows](#/Windows) shows what a full window withheld, and [Quarantine](#/Quarantine) what could not be read.

        To look rather than read: [the page at /](/) shows how things stand, live. To play Okta, enter the secret (`EventHook:Secrets`) under
        *Authorize* as well, and send the example under [Event hook](#/Event%20hook). Every error is problem details (RFC 9457): `detail` says
        what is wrong and what to do about it.
        """;
}
