using Winnow.Records;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training;

/// <summary>How a <see cref="Precision"/> is entered.</summary>
internal static class PrecisionExtensions
{
    /// <summary>Heavy operators compute in this precision until the result is disposed.</summary>
    public static Autocast Cast(this Precision precision, Device device) =>
        precision == Precision.Bf16 ? Autocast.Enter(device.type, ScalarType.BFloat16) : default;
}
