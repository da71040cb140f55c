using Winnow.Torch.Interop;

namespace Winnow.Torch;

/// <summary>
/// A libtorch tensor. It is released by <see cref="Dispose"/> or, as a rule, by the <see cref="TensorScope"/> it was made in; the finalizer
/// is only a safety net. A tensor is used by one thread at a time.
/// </summary>
public sealed unsafe partial class Tensor : IDisposable
{
    // Tensors no scope will release weigh on the garbage collector from this size, so that forgotten ones are found before memory runs out.
    const long PressureThreshold = 64 * 1024;

    static long s_live;
    nint _handle;
    long _pressure;

    Tensor(nint handle)
    {
        _handle = handle;
        Interlocked.Increment(ref s_live);
        var scope = TensorScope.Current;
        if (scope is not null)
        {
            scope.Add(this);
        }
        else
        {
            AddPressure();
        }
    }

    /// <summary>The safety net for tensors made outside any scope and never disposed.</summary>
    ~Tensor() => Release();

    /// <summary>How many tensors of this process have been made and not yet released.</summary>
    public static long LiveCount => Interlocked.Read(ref s_live);

    /// <summary>Whether the tensor has been released.</summary>
    public bool IsDisposed => _handle == 0;

    /// <summary>The sizes of the dimensions; empty for a single number.</summary>
    public long[] Shape
    {
        get
        {
            var shape = new long[Info.Dimensions];
            fixed (long* sizes = shape)
            {
                Native.Check(Native.winnow_tensor_shape(Handle, sizes, null));
            }

            GC.KeepAlive(this);
            return shape;
        }
    }

    /// <summary>Elements to step over in memory per dimension.</summary>
    public long[] Strides
    {
        get
        {
            var dimensions = Info.Dimensions;
            var sizes = stackalloc long[dimensions];
            var strides = new long[dimensions];
            fixed (long* steps = strides)
            {
                Native.Check(Native.winnow_tensor_shape(Handle, sizes, steps));
            }

            GC.KeepAlive(this);
            return strides;
        }
    }

    /// <summary>The number of dimensions.</summary>
    public int Dimensions => Info.Dimensions;

    /// <summary>The number of elements.</summary>
    public long Count => Info.Elements;

    /// <summary>The element type.</summary>
    public ScalarType ScalarType => (ScalarType)Info.ScalarType;

    /// <summary>Where the tensor lives.</summary>
    public Device Device
    {
        get
        {
            var info = Info;
            return info.DeviceType == (int)DeviceType.Cpu ? Device.Cpu : new Device((DeviceType)info.DeviceType, info.DeviceIndex);
        }
    }

    /// <summary>Whether backward passes compute a gradient for this tensor. Only leaf tensors of floating point can be set.</summary>
    public bool RequiresGrad
    {
        get => Info.RequiresGrad != 0;
        set
        {
            Native.Check(Native.winnow_requires_grad(Handle, value ? 1 : 0));
            GC.KeepAlive(this);
        }
    }

    /// <summary>The gradient the last backward passes added up, sharing memory with libtorch's; null when there is none.</summary>
    public Tensor? Grad
    {
        get
        {
            Native.Check(Native.winnow_grad(Handle, out var gradient));
            GC.KeepAlive(this);
            return gradient == 0 ? null : Own(gradient);
        }
    }

    internal TensorScope? Scope { get; set; }

    internal int Slot { get; set; }

    /// <summary>The native reference. Whoever passes it on keeps this object alive until the call is over.</summary>
    internal nint Handle
    {
        get
        {
            var handle = _handle;
            ObjectDisposedException.ThrowIf(handle == 0, this);
            return handle;
        }
    }

    TensorInfo Info
    {
        get
        {
            Native.Check(Native.winnow_tensor_describe(Handle, out var info));
            GC.KeepAlive(this);
            return info;
        }
    }

    /// <summary>Takes the tensor out of every scope: from here on the caller releases it. Returns it.</summary>
    public Tensor Keep()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (Scope is { } scope)
        {
            scope.Forget(this);
            AddPressure();
        }

        return this;
    }

    /// <summary>Adds the gradients of this single number with respect to every leaf behind it to the leaves' <see cref="Grad"/>.</summary>
    /// <param name="gradient">What to start from: needed, in this tensor's shape, unless this is a single number.</param>
    /// <param name="retainGraph">Keep the graph for another backward pass.</param>
    /// <exception cref="TorchException">There is no graph, or it was used up.</exception>
    public void Backward(Tensor? gradient = null, bool retainGraph = false)
    {
        TorchRuntime.PrepareThread();
        Native.Check(Native.winnow_backward(Handle, gradient?.Handle ?? 0, retainGraph ? 1 : 0));
        GC.KeepAlive(this);
        GC.KeepAlive(gradient);
    }

    /// <summary>Whether the elements lie in memory in the given order without gaps.</summary>
    /// <param name="format">The order; <see cref="MemoryFormat.ChannelsLast"/> only fits four dimensions.</param>
    public bool IsContiguous(MemoryFormat format = MemoryFormat.Contiguous)
    {
        Native.Check(Native.winnow_tensor_is_contiguous(Handle, (int)format, out var contiguous));
        GC.KeepAlive(this);
        return contiguous != 0;
    }

    /// <summary>Lets this tensor share another's memory, type, shape and device while staying the same object to optimisers and graphs.</summary>
    internal void SetData(Tensor data)
    {
        Native.Check(Native.winnow_tensor_set_data(Handle, data.Handle));
        GC.KeepAlive(this);
        GC.KeepAlive(data);
    }

    /// <summary>Drops the gradient, so that the next backward pass starts anew.</summary>
    public void ClearGrad()
    {
        var handle = Handle;
        Native.Check(Native.winnow_clear_grads(&handle, 1));
        GC.KeepAlive(this);
    }

    /// <summary>Releases the tensor now. Memory that views, graphs or other tensors share stays.</summary>
    public void Dispose()
    {
        Scope?.Forget(this);
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Element type, shape and device, such as <c>Float32[128, 10] on cpu</c>.</summary>
    public override string ToString() =>
        IsDisposed ? "released tensor" : $"{ScalarType}[{string.Join(", ", Shape)}] on {Device}";

    /// <summary>Wraps a reference the native library handed out.</summary>
    internal static Tensor Own(nint handle) => new(handle);

    void AddPressure()
    {
        var info = Info;
        var bytes = info.DeviceType == (int)DeviceType.Cpu ? info.Elements * info.ElementSize : 0;
        if (bytes >= PressureThreshold)
        {
            _pressure = bytes;
            GC.AddMemoryPressure(bytes);
        }
    }

    void Release()
    {
        var handle = Interlocked.Exchange(ref _handle, 0);
        if (handle == 0)
        {
            return;
        }

        Native.winnow_tensor_free(handle);
        Interlocked.Decrement(ref s_live);
        if (_pressure != 0)
        {
            GC.RemoveMemoryPressure(_pressure);
        }
    }
}
