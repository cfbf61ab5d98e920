namespace EventHookDetector.Triage.Backtests;

/// <summary>Why a backtest cannot be made of an export that can be read.</summary>
internal enum BacktestRefusal
{
    /// <summary>More matches than a backtest may hold.</summary>
    TooLarge,

    /// <summary>The folder for temporary files is full.</summary>
    NoRoom,

    /// <summary>More exception items have been than a backtest can hold.</summary>
    TooManyExceptionItems,
}

/// <summary>Ends a backtest with a message that names the cure.</summary>
internal sealed class BacktestRefusedException(BacktestRefusal refusal, string message) : Exception(message)
{
    public BacktestRefusal Refusal { get; } = refusal;
}
