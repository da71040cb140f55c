using static TorchSharp.torch;

namespace Winnow.Torch.Distributed;

public sealed class ProcessGroup : IDisposable
{
    public static bool IsAvailable => false;
    public static Gap Availability => new("process groups", GapState.Unavailable, "not yet");
    public int Rank { get; }
    public int Size { get; }
    public TimeSpan Timeout { get; }
    public static ProcessGroup Join(RankEnvironment place, ProcessGroupOptions? options = null) => throw new RankSetupException("process groups are not there yet");
    public void AllReduce(Tensor tensor) { }
    public T[] AllGather<T>(ReadOnlySpan<T> mine) where T : unmanaged => mine.ToArray();
    public void Broadcast(Tensor tensor, int root = 0) { }
    public void Broadcast(Stream stream) { }
    public void Barrier() { }
    public void Leave() { }
    public void Fail(string why) { }
    public void Dispose() { }
}

public sealed class GradientBuckets(ProcessGroup group, IReadOnlyList<TorchSharp.Modules.Parameter> parameters, int numbers = 0) : IDisposable
{
    public int N => numbers + parameters.Count + group.Size;
    public void Arm(ReadOnlySpan<double> numbers = default) { }
    public void Finish(Span<double> numbers = default) { }
    public void Dispose() { }
}
