using System.Globalization;
using TorchSharp;

namespace Winnow.Torch;

/// <summary>Devices by name, with errors that say what to do.</summary>
public static class DeviceNames
{
    /// <summary>Reads <c>cpu</c>, <c>cuda</c> (the current CUDA device), <c>cuda:N</c> or <c>mps</c>.</summary>
    /// <param name="text">The device's name, lower case.</param>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static (DeviceType Type, int Index) Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        const string prefix = "cuda:";
        return text switch
        {
            "cpu" => (DeviceType.CPU, -1),
            "cuda" => (DeviceType.CUDA, -1),
            "mps" => (DeviceType.MPS, -1),
            _ when text.StartsWith(prefix, StringComparison.Ordinal)
                && int.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && index <= sbyte.MaxValue => (DeviceType.CUDA, index),
            _ => throw new FormatException($"Device '{text}' is unknown; use cpu, cuda, mps, or cuda:N with N from 0 to {sbyte.MaxValue}."),
        };
    }

    /// <summary>The device of a name, checked to be on this machine. Loads libtorch.</summary>
    /// <param name="text">As for <see cref="Parse"/>.</param>
    /// <exception cref="FormatException">The text is no device's name.</exception>
    /// <exception cref="InvalidOperationException">libtorch sees no such device here; the message says what is missing.</exception>
    public static torch.Device Find(string text)
    {
        var (type, index) = Parse(text);
        TorchRuntime.Load();
        switch (type)
        {
            case DeviceType.CUDA when !CudaIsThere():
                throw new InvalidOperationException(
                    $"Device '{text}' is not available: this libtorch {TorchRuntime.Version} sees no CUDA device. Use cpu; or, on a machine with an NVIDIA GPU, build with the package TorchSharp-cuda-linux or TorchSharp-cuda-windows in place of the libtorch for processors.");
            case DeviceType.CUDA when index >= torch.cuda.device_count():
                throw new InvalidOperationException($"Device '{text}' is not available: there are {torch.cuda.device_count()} CUDA devices, numbered from 0.");
            case DeviceType.MPS when !torch.TryInitializeDeviceType(DeviceType.MPS) || !torch.mps_is_available():
                throw new InvalidOperationException($"Device '{text}' is not available: it is the GPU of an Apple computer, and this libtorch {TorchRuntime.Version} sees none. Use cpu.");
            default:
                return new torch.Device(type, type == DeviceType.CPU ? -1 : index);
        }
    }

    /// <summary>The names of all devices that there are here, <c>cpu</c> first. Loads libtorch.</summary>
    public static IReadOnlyList<string> Here()
    {
        TorchRuntime.Load();
        var names = new List<string> { "cpu" };
        if (CudaIsThere())
        {
            names.AddRange(Enumerable.Range(0, torch.cuda.device_count()).Select(static index => FormattableString.Invariant($"cuda:{index}")));
        }

        if (OperatingSystem.IsMacOS() && torch.TryInitializeDeviceType(DeviceType.MPS) && torch.mps_is_available())
        {
            names.Add("mps");
        }

        return names;
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    /// <param name="device">The device.</param>
    public static string Name(torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.type switch
        {
            DeviceType.CPU => "cpu",
            DeviceType.MPS => "mps",
            _ => device.index < 0 ? "cuda" : string.Create(CultureInfo.InvariantCulture, $"cuda:{device.index}"),
        };
    }

    private static bool CudaIsThere() => torch.TryInitializeDeviceType(DeviceType.CUDA) && torch.cuda_is_available() && torch.cuda.device_count() > 0;
}
