namespace EventHookDetector.Hosting;

/// <summary>What operators may do. Each may do what those before it may.</summary>
internal enum OperatorRole
{
    /// <summary>Read everything.</summary>
    Viewer,

    /// <summary>Also act: acknowledge, note, close, except, announce, retry, replay, test.</summary>
    Responder,

    /// <summary>Also say who may: make and revoke keys.</summary>
    Admin,
}
