namespace Winnow.Torch.Tests.Support;

/// <summary>One thread for libtorch while it lasts: small steps are as fast with it, and tests running beside others do not wait for each other.</summary>
internal sealed class SingleThread : IDisposable
{
    private readonly int _before = TorchRuntime.Threads;

    public SingleThread() => TorchRuntime.Threads = 1;

    public void Dispose() => TorchRuntime.Threads = _before;
}
