using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Winnow.Data.Files;

namespace Winnow.Data;

public sealed partial class SampleSet
{
    private readonly Lazy<(double[] Mean, double[] Std)> _statistics;
    private readonly Lazy<string> _fingerprint;

    // Of files, both come of the same pass.
    private readonly Lazy<SampleSurvey> _survey;

    /// <summary>
    /// The mean of every channel (images) or feature (tables), computed in float64 over this set on first use; bytes count as value/255,
    /// so it is in [0, 1] for them.
    /// </summary>
    public IReadOnlyList<double> Mean => _statistics.Value.Mean;

    /// <summary>
    /// The population standard deviation of every channel or feature, in the same units as <see cref="Mean"/>. It is 0 for a channel that
    /// never changes: whoever divides by it has to look.
    /// </summary>
    public IReadOnlyList<double> Std => _statistics.Value.Std;

    /// <summary>
    /// SHA-256 over element type, shape, count, content and labels, 64 hexadecimal digits in lower case; computed on first use. Two sets
    /// with the same fingerprint hold the same samples in the same order. Names don't count.
    /// </summary>
    public string Fingerprint => _fingerprint.Value;

    private string ComputeFingerprint()
    {
        if (!IsInMemory)
        {
            return _survey.Value.Fingerprint;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(FingerprintHead());
        hash.AppendData(Bytes);
        hash.AppendData(MemoryMarshal.AsBytes(Labels));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>What the fingerprint begins with, before samples and labels.</summary>
    internal byte[] FingerprintHead() => Encoding.ASCII.GetBytes($"winnow samples 1 {ElementType} {Describe(_shape)} {Count}\n");

    private (double[] Mean, double[] Std) ComputeStatistics()
    {
        if (!IsInMemory)
        {
            return (_survey.Value.Mean, _survey.Value.Std);
        }

        var plane = SampleLength / Channels;
        if (ElementType == ElementType.UInt8)
        {
            var bytes = new ByteMoments(Channels, plane);
            bytes.Add(Bytes);
            return bytes.Result();
        }

        var floats = new FloatMoments(Channels, plane);
        floats.AddFirst(Floats);
        floats.EndFirst();
        floats.AddSecond(Floats);
        return floats.Result();
    }
}
