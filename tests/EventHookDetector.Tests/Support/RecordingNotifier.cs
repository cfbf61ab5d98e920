using EventHookDetector.Notifications;

namespace EventHookDetector.Tests.Support;

/// <summary>A channel that writes down what it is told, and answers as a test has set.</summary>
internal sealed class RecordingNotifier(string name) : INotifier
{
    private readonly Lock _lock = new();
    private readonly List<Notice> _received = [];
    private readonly Queue<Func<Task<NotificationResult>>> _answers = new();

    public string Name => name;

    public NotifierOptions Options { get; private set; } = new RecordingOptions();

    public string Destination => "a test";

    /// <summary>What it took.</summary>
    public IReadOnlyList<Notice> Received
    {
        get
        {
            lock (_lock) return [.. _received];
        }
    }

    /// <summary>How often it was tried, taken or not.</summary>
    public int Attempts { get; private set; }

    /// <summary>Answers so from now on; without an argument, takes everything again.</summary>
    public Func<NotificationResult> Answer { get; set; } = () => new NotificationResult.Sent("ok");

    /// <summary>Answers by what it is asked to send, if it is set.</summary>
    public Func<Notice, NotificationResult>? AnswerTo { get; set; }

    /// <summary>Answers so once, before anything else.</summary>
    public RecordingNotifier Then(NotificationResult answer)
    {
        _answers.Enqueue(() => Task.FromResult(answer));
        return this;
    }

    /// <summary>Answers once with what <paramref name="answer"/> brings, and not before.</summary>
    public RecordingNotifier Then(Task<NotificationResult> answer)
    {
        _answers.Enqueue(() => answer);
        return this;
    }

    public RecordingNotifier With(RecordingOptions options)
    {
        Options = options;
        return this;
    }

    public async Task<NotificationResult> NotifyAsync(Notice notice, CancellationToken cancellationToken)
    {
        Func<Task<NotificationResult>> answer;
        lock (_lock)
        {
            Attempts++;
            answer = _answers.TryDequeue(out var next) ? next : () => Task.FromResult(AnswerTo?.Invoke(notice) ?? Answer());
        }

        var result = await answer();
        if (result is NotificationResult.Sent)
        {
            lock (_lock) _received.Add(notice);
        }

        return result;
    }

    internal sealed class RecordingOptions : NotifierOptions
    {
        internal sealed class Validator : CommonRules<RecordingOptions>;
    }
}
