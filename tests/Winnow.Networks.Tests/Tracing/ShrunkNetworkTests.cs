using Winnow.Data;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using static Winnow.Networks.Tests.Tracing.TraceTests;

namespace Winnow.Networks.Tests.Tracing;

public sealed class ShrunkNetworkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("winnow-shrunk-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Networks), MemberType = typeof(TraceTests))]
    public void A_network_made_anew_gets_as_small_and_gives_the_same(string name, string groups)
    {
        _ = groups;
        var path = Path.Combine(_folder, "small.safetensors");
        var (net, sample) = Create(name);
        var trace = NetworkTrace.Of(net, sample);
        NetworkShrinker.Shrink(trace, [.. trace.Groups.SelectMany(static group => group.Units.Where(static unit => unit.Index % 3 == 1))]);
        ShrunkNetwork.Save(net, path);

        var (again, _) = Create(name);
        ShrunkNetwork.Load(again, path);
        net.eval();
        again.eval();
        Assert.Equal(net.call(sample).data<float>().ToArray(), again.call(sample).data<float>().ToArray());
        Assert.Equal(NetworkTrace.Of(net, sample).Macs, NetworkTrace.Of(again, sample).Macs);
    }

    [Fact]
    public void Another_networks_file_is_refused_and_nothing_changes()
    {
        var path = Path.Combine(_folder, "other.safetensors");
        var (net, sample) = Create("vgg");
        ShrunkNetwork.Save(net, path);
        var (other, _) = Create("residual");
        var before = other.state_dict()["stem.weight"].data<float>().ToArray();
        var error = Assert.Throws<NetworkPruningException>(() => ShrunkNetwork.Load(other, path));
        Assert.Contains("\"stem.weight\" is missing", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, other.state_dict()["stem.weight"].data<float>().ToArray());

        var trace = NetworkTrace.Of(net, sample);
        NetworkShrinker.Shrink(trace, [trace.Groups[0].Units[0]]);
        Assert.Contains("\"c1.weight\" is F32", Assert.Throws<NetworkPruningException>(() => ShrunkNetwork.Load(net, path)).Message, StringComparison.Ordinal);
        File.WriteAllText(path, "no");
        Assert.ThrowsAny<DataException>(() => ShrunkNetwork.Load(net, path));
    }
}
