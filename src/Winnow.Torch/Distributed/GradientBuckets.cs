using Winnow.Torch.Interop;

namespace Winnow.Torch.Distributed;

/// <summary>
/// Adds up gradients over all ranks while the backward pass still runs: parameters lie in buckets, and a bucket goes on its way as soon as
/// its last gradient is there, from a hook behind the gradients' accumulators.
/// <code>
/// buckets.Arm(numbers);  loss.Backward();  buckets.Finish(numbers);  optimizer.Step(rate);  optimizer.ZeroGrad();
/// </code>
/// </summary>
public sealed unsafe class GradientBuckets : IDisposable
{
    /// <summary>Bytes from which a bucket is closed by default: 1 MiB.</summary>
    public const long DefaultBytes = 1 << 20;

    readonly ProcessGroup _group;
    readonly IReadOnlyList<Tensor> _parameters;
    readonly int _numbers;
    nint _handle;

    /// <summary>Makes buckets for a model's parameters; the same on every rank.</summary>
    /// <param name="group">The ranks.</param>
    /// <param name="parameters">Of one element type, on one device; they stay the model's. One without a gradient counts as zeros.</param>
    /// <param name="numbers">How many numbers are added up along with the gradients, at no exchange of their own.</param>
    /// <param name="bytes">From how many bytes on a bucket is closed.</param>
    public GradientBuckets(ProcessGroup group, IReadOnlyList<Tensor> parameters, int numbers = 0, long bytes = DefaultBytes)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentOutOfRangeException.ThrowIfNegative(numbers);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        (_group, _parameters, _numbers) = (group, parameters, numbers);
        var handles = parameters.Select(static parameter => parameter.Handle).ToArray();
        fixed (nint* list = handles)
        {
            Native.Check(Native.winnow_buckets_create(group.Handle, list, handles.Length, numbers, bytes, out _handle));
        }
    }

    /// <summary>Before the backward pass. Gradients of a former step must have been dropped.</summary>
    /// <param name="numbers">This rank's.</param>
    public void Arm(ReadOnlySpan<double> numbers = default)
    {
        Check(numbers.Length);
        fixed (double* values = numbers)
        {
            Native.Check(Native.winnow_buckets_arm(_handle, values));
        }
    }

    /// <summary>After the backward pass: waits for the sums, which are then the parameters' gradients, the same bits on every rank.</summary>
    /// <param name="numbers">Gets the sums.</param>
    /// <exception cref="RankLostException">A rank is lost.</exception>
    public void Finish(Span<double> numbers = default)
    {
        Check(numbers.Length);
        fixed (double* values = numbers)
        {
            var target = (nint)values;
            _group.Call(() => Native.winnow_buckets_finish(_handle, (double*)target));
        }

        GC.KeepAlive(_parameters);
    }

    /// <summary>Takes the hooks away.</summary>
    public void Dispose()
    {
        Native.winnow_buckets_free(Interlocked.Exchange(ref _handle, 0));
        GC.KeepAlive(_parameters);
    }

    void Check(int numbers)
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        if (numbers != _numbers)
        {
            throw new ArgumentException($"{numbers} numbers, and the buckets were made for {_numbers}; pass as many.", nameof(numbers));
        }
    }
}
