using System.Runtime.CompilerServices;
using EventHookDetector.Storage;

namespace EventHookDetector.Tests.Storage;

public sealed class PieceOfWorkTests
{
    [Fact]
    public void A_withdrawn_piece_of_work_holds_none_of_the_bytes_it_would_have_written()
    {
        var (piece, content) = MakeAndWithdraw();

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.False(content.TryGetTarget(out _));
        Assert.False(piece.TryBegin());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (PieceOfWork Piece, WeakReference<byte[]> Content) MakeAndWithdraw()
    {
        var content = new byte[1_000_000];
        var piece = new PieceOfWork<int>(_ => Task.FromResult(content.Length), answers: null);
        piece.Withdraw();
        return (piece, new(content));
    }
}
