using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Winnow.Torch.Distributed;

/// <summary>
/// Adds up gradients over all ranks: parameters lie in buckets, and each bucket is on its way while the next one is filled.
/// <code>
/// buckets.Arm(numbers);  loss.backward();  buckets.Finish(numbers);  optimizer.Step(rate);  optimizer.ZeroGrad();
/// </code>
/// </summary>
public sealed class GradientBuckets : IDisposable
{
    /// <summary>Bytes from which a bucket is closed by default: 1 MiB.</summary>
    public const long DefaultBytes = 1 << 20;

    private readonly ProcessGroup _group;
    private readonly List<(Tensor Flat, List<Slot> Slots)> _buckets = [];
    private readonly double[] _mine;
    private readonly Tensor _numbers;
    private bool _armed, _disposed;

    /// <summary>Makes buckets for a model's parameters; the same on every rank.</summary>
    /// <param name="group">The ranks.</param>
    /// <param name="parameters">Of one element type, on one device; they stay the model's. One without a gradient counts as zeros.</param>
    /// <param name="numbers">How many numbers are added up along with the gradients, at no exchange of their own, in the parameters' element type.</param>
    /// <param name="bytes">From how many bytes on a bucket is closed.</param>
    /// <exception cref="ArgumentException">No parameters, or such of several types or devices.</exception>
    public GradientBuckets(ProcessGroup group, IReadOnlyList<Parameter> parameters, int numbers = 0, long bytes = DefaultBytes)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentOutOfRangeException.ThrowIfNegative(numbers);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        ArgumentOutOfRangeException.ThrowIfZero(parameters.Count, nameof(parameters));
        var (type, device) = (parameters[0].dtype, parameters[0].device);
        if (parameters.FirstOrDefault(parameter => parameter.dtype != type || parameter.device.type != device.type || parameter.device.index != device.index) is { } other)
        {
            throw new ArgumentException($"The parameters have to be of one type on one device, and there are some of {type} on {device} and some of {other.dtype} on {other.device}.", nameof(parameters));
        }

        (_group, _mine) = (group, new double[numbers]);
        using var scope = NewDisposeScope();
        foreach (var bucket in Split(parameters, bytes))
        {
            // The numbers travel at the end of the first.
            var elements = bucket.Sum(static parameter => parameter.numel());
            var flat = zeros([elements + (_buckets.Count == 0 ? numbers : 0)], type, device).DetachFromDisposeScope();
            var slots = new List<Slot>();
            long offset = 0;
            foreach (var parameter in bucket)
            {
                slots.Add(new Slot(parameter, ViewLike(parameter, flat, offset).DetachFromDisposeScope()));
                offset += parameter.numel();
            }

            _buckets.Add((flat, slots));
        }

        var first = _buckets[0].Flat;
        _numbers = first.narrow(0, first.numel() - numbers, numbers).DetachFromDisposeScope();
    }

    /// <summary>Before the backward pass. Gradients of a former step must have been dropped.</summary>
    /// <param name="numbers">This rank's.</param>
    public void Arm(ReadOnlySpan<double> numbers = default)
    {
        Check(numbers.Length);
        numbers.CopyTo(_mine);
        _armed = true;
    }

    /// <summary>After the backward pass: waits for the sums, which are then the parameters' gradients, the same bits on every rank.</summary>
    /// <param name="numbers">Gets the sums.</param>
    /// <exception cref="InvalidOperationException">Not after <see cref="Arm"/>.</exception>
    /// <exception cref="RankLostException">A rank is lost.</exception>
    public void Finish(Span<double> numbers = default)
    {
        Check(numbers.Length);
        if (!_armed)
        {
            throw new InvalidOperationException("the buckets weren't armed before the backward pass; Arm first.");
        }

        _armed = false;
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        if (_mine.Length > 0)
        {
            _numbers.copy_(TensorData.FromSpan<double>(_mine));
        }

        var exchanges = new List<Exchange>(_buckets.Count);
        foreach (var (flat, slots) in _buckets)
        {
            slots.ForEach(static slot => slot.Fill());
            exchanges.Add(_group.BeginAllReduce(flat));
        }

        exchanges.ForEach(static exchange => exchange.Wait());
        foreach (var (_, slots) in _buckets)
        {
            // Gradients are parts of the buckets: nothing is copied back.
            slots.ForEach(static slot => slot.Parameter.grad = slot.View);
        }

        if (_mine.Length > 0)
        {
            _numbers.to(ScalarType.Float64).ToArray<double>().CopyTo(numbers);
        }
    }

    /// <summary>Releases the buckets; gradients that are parts of them stay.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _numbers.Dispose();
        foreach (var (flat, slots) in _buckets)
        {
            slots.ForEach(static slot => slot.View.Dispose());
            flat.Dispose();
        }
    }

    /// <summary>In the reverse of their order, in which gradients are made: the last ones are still in the processor's cache.</summary>
    private static List<List<Parameter>> Split(IReadOnlyList<Parameter> parameters, long bytes)
    {
        var buckets = new List<List<Parameter>>();
        var room = 0L;
        foreach (var parameter in parameters.Reverse())
        {
            if (room <= 0)
            {
                buckets.Add([]);
                room = bytes;
            }

            buckets[^1].Add(parameter);
            room -= parameter.numel() * parameter.element_size();
        }

        return buckets;
    }

    /// <summary>A part of the bucket in the parameter's shape and, where it fills its memory, in its order, in which optimisers go through both.</summary>
    private static Tensor ViewLike(Parameter parameter, Tensor flat, long offset)
    {
        var (shape, strides) = (parameter.shape, parameter.stride());
        long gapless = 1;
        foreach (var (stride, size) in strides.Zip(shape).Where(static dimension => dimension.Second != 1).OrderBy(static dimension => dimension.First))
        {
            gapless = stride == gapless ? gapless * size : -1;
        }

        return gapless == parameter.numel() ? flat.as_strided(shape, strides, offset) : flat.narrow(0, offset, parameter.numel()).view(shape);
    }

    private void Check(int numbers)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (numbers != _mine.Length)
        {
            throw new ArgumentException($"{numbers} numbers, and the buckets were made for {_mine.Length}; pass as many.", nameof(numbers));
        }
    }

    /// <summary>A parameter and the part of a bucket that is its gradient's.</summary>
    private sealed record Slot(Parameter Parameter, Tensor View)
    {
        public void Fill()
        {
            if (Parameter.grad is { } gradient)
            {
                View.copy_(gradient);
            }
            else
            {
                View.zero_();
            }
        }
    }
}
