using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace EventHookDetector.Hosting;

/// <summary>
/// The memory that Kestrel receives into. Its own blocks are 4 KB, so that a delivery of a hundred log events takes ninety of
/// them, and as many calls to the system; in large blocks it comes four times as fast.
/// </summary>
/// <remarks>
/// A stranger who sends half a header holds a block for as long as the server waits for the rest. So only a number of blocks are large; any further
/// ones are small.
/// </remarks>
internal sealed class LargeBlocks : IMemoryPoolFactory<byte>
{
    private const int Large = 64 * 1024;
    private const int Small = 4 * 1024;

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool();

    private sealed class Pool : MemoryPool<byte>
    {
        // At once, and kept for the next wave of connections.
        private const int MostLarge = 256;
        private const int MostSmall = 1024;

        private readonly ConcurrentQueue<Block> _freeLarge = new();
        private readonly ConcurrentQueue<Block> _freeSmall = new();
        private int _large;

        public override int MaxBufferSize => Large;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, Large);
            if (Interlocked.Increment(ref _large) <= MostLarge || minBufferSize > Small) return Take(_freeLarge, Large);

            Interlocked.Decrement(ref _large);
            return Take(_freeSmall, Small);
        }

        protected override void Dispose(bool disposing)
        {
            _freeLarge.Clear();
            _freeSmall.Clear();
        }

        private Block Take(ConcurrentQueue<Block> free, int size) => free.TryDequeue(out var block) ? block : new Block(this, size);

        private void Return(Block block)
        {
            var isLarge = block.Memory.Length == Large;
            if (isLarge) Interlocked.Decrement(ref _large);
            var (free, most) = isLarge ? (_freeLarge, MostLarge) : (_freeSmall, MostSmall);
            if (free.Count < most) free.Enqueue(block);
        }

        private sealed class Block(Pool pool, int size) : IMemoryOwner<byte>
        {
            // Pinned, as the kernel writes into it.
            public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(size, pinned: true);

            public void Dispose() => pool.Return(this);
        }
    }
}
