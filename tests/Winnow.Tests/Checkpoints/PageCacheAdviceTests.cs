using Winnow.Checkpoints;

namespace Winnow.Tests.Checkpoints;

public sealed class PassingByTests
{
    // More than two parts, so that the first are let go of while the rest is written and read.
    [Fact]
    public void A_checkpoint_too_large_for_the_systems_cache_comes_back_as_it_was()
    {
        var values = new float[40_000_003];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = i * 0.5f;
        }

        var bytes = new byte[70_000_001];
        bytes.AsSpan().Fill(7);
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        var writer = new CheckpointWriter();
        writer.Fact("of", "a test");
        writer.Add<float>("values", values);
        writer.Add<byte>("bytes", bytes);
        writer.WriteTo(file);
        file.Flush(flushToDisk: true);

        var reader = CheckpointReader.Open(file);
        Assert.Equal("a test", reader.Fact("of"));
        Assert.True(values.AsSpan().SequenceEqual(reader.Read<float>("values")));
        Assert.True(bytes.AsSpan().SequenceEqual(reader.Read<byte>("bytes")));

        // What was let go of is still looked at.
        file.Position = 100_000_000;
        file.WriteByte(1);
        file.Flush();
        Assert.Contains("values", Assert.Throws<CheckpointException>(() => CheckpointReader.Open(file)).Message, StringComparison.Ordinal);
    }
}
