using System.Globalization;

namespace Winnow.Torch;

/// <summary>The kinds of device tensors can live on. The values are libtorch's.</summary>
public enum DeviceType
{
    /// <summary>The processor.</summary>
    Cpu = 0,

    /// <summary>A CUDA device.</summary>
    Cuda = 1,
}

/// <summary>Where a tensor lives: <c>cpu</c>, <c>cuda</c> (the current CUDA device) or <c>cuda:1</c>.</summary>
/// <param name="Type">The kind of device.</param>
/// <param name="Index">The number of the device, or -1 for the current one; 0 for the processor.</param>
public readonly record struct Device(DeviceType Type, int Index)
{
    /// <summary>The processor.</summary>
    public static Device Cpu => default;

    /// <summary>The current CUDA device.</summary>
    public static Device Cuda => new(DeviceType.Cuda, -1);

    /// <summary>Reads <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    /// <param name="text">The device's name, lower case.</param>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static Device Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        switch (text)
        {
            case "cpu":
                return Cpu;
            case "cuda":
                return Cuda;
        }

        const string prefix = "cuda:";
        if (text.StartsWith(prefix, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && index <= sbyte.MaxValue)
        {
            return new Device(DeviceType.Cuda, index);
        }

        throw new FormatException($"Device '{text}' is unknown; use cpu, cuda, or cuda:N with N from 0 to {sbyte.MaxValue}.");
    }

    /// <summary>Fails early, with a clear message, when this device is not on this machine.</summary>
    /// <exception cref="InvalidOperationException">libtorch sees no such device.</exception>
    public void ThrowIfUnavailable()
    {
        if (Type != DeviceType.Cuda)
        {
            return;
        }

        var count = TorchRuntime.CudaDeviceCount;
        if (count == 0)
        {
            throw new InvalidOperationException(
                $"Device '{this}' is not available: libtorch {TorchRuntime.Version} at {TorchRuntime.LibraryPath} sees no CUDA device. "
                + "Use cpu, or build against a CUDA libtorch by setting WINNOW_LIBTORCH and running ./winnow setup.");
        }

        if (Index >= count)
        {
            throw new InvalidOperationException($"Device '{this}' is not available: there are {count} CUDA devices, numbered from 0.");
        }
    }

    /// <summary>The form <see cref="Parse"/> reads.</summary>
    public override string ToString() => Type == DeviceType.Cpu ? "cpu" : Index < 0 ? "cuda" : $"cuda:{Index}";
}
