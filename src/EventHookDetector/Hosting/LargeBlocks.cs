using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace EventHookDetector.Hosting;

/// <summary>
/// The memory that Kestrel receives into. Its own blocks are 4 KB, so that a delivery of a hundred log events takes ninety of
/// them, and as many calls to the system; in large blocks it comes four times as fast.
/// </summary>
internal sealed class LargeBlocks : IMemoryPoolFactory<byte>
{
    private const int Size = 64 * 1024;

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool();

    private sealed class Pool : MemoryPool<byte>
    {
        // What a wave of connections needed stays for the next one, up to here.
        private const int MostKept = 256;

        private readonly ConcurrentQueue<Block> _free = new();

        public override int MaxBufferSize => Size;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, Size);
            return _free.TryDequeue(out var block) ? block : new Block(this);
        }

        protected override void Dispose(bool disposing) => _free.Clear();

        private void Return(Block block)
        {
            if (_free.Count < MostKept) _free.Enqueue(block);
        }

        private sealed class Block(Pool pool) : IMemoryOwner<byte>
        {
            // Pinned, as the kernel writes into it.
            public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(Size, pinned: true);

            public void Dispose() => pool.Return(this);
        }
    }
}
