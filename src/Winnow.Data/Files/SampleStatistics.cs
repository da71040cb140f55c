using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Winnow.Data.Files;

/// <summary>What is said of all samples of a set together, computed when it is asked for. Of samples in files, all of it comes of one survey.</summary>
internal sealed class SampleStatistics
{
    private readonly SampleSet _set;
    private readonly Lazy<(double[] Mean, double[] Std)> _moments;
    private readonly Lazy<string> _fingerprint;
    private readonly Lazy<SampleSurvey> _survey;

    public SampleStatistics(SampleSet set, SampleContent content)
    {
        _set = set;
        _moments = new(ComputeMoments);
        _fingerprint = new(ComputeFingerprint);
        _survey = new(() => SampleSurvey.Of(set, content));
    }

    public double[] Mean => _moments.Value.Mean;

    public double[] Std => _moments.Value.Std;

    public string Fingerprint => _fingerprint.Value;

    /// <summary>What the fingerprint begins with, before samples and labels.</summary>
    public static byte[] FingerprintHead(SampleSet set) => Encoding.ASCII.GetBytes($"winnow samples 1 {set.ElementType} {SampleSet.Describe(set.Shape)} {set.Count}\n");

    private string ComputeFingerprint()
    {
        if (!_set.IsInMemory)
        {
            return _survey.Value.Fingerprint;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(FingerprintHead(_set));
        hash.AppendData(_set.Bytes);
        hash.AppendData(MemoryMarshal.AsBytes(_set.Labels));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private (double[] Mean, double[] Std) ComputeMoments()
    {
        if (!_set.IsInMemory)
        {
            return (_survey.Value.Mean, _survey.Value.Std);
        }

        var plane = _set.SampleLength / _set.Channels;
        if (_set.ElementType == ElementType.UInt8)
        {
            var bytes = new ByteMoments(_set.Channels, plane);
            bytes.Add(_set.Bytes);
            return bytes.Result();
        }

        var floats = new FloatMoments(_set.Channels, plane);
        floats.AddFirst(_set.Floats);
        floats.EndFirst();
        floats.AddSecond(_set.Floats);
        return floats.Result();
    }
}
