using TorchSharp.Modules;
using Winnow.Networks.Depth;
using Winnow.Networks.Shrinking;
using Winnow.Networks.Tests.Support;
using Winnow.Training.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Networks.Tests.Depth;

public sealed class DepthShrinkerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("winnow-depth-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("resnet9", "residual1 residual3")]
    [InlineData("resnet-small", "layer1.0 layer1.1 layer2.1 layer3.1")]
    [InlineData("resnet18", "layer1.0 layer1.1 layer2.1 layer3.1 layer4.1")]
    [InlineData("vit", "blocks.0 blocks.1 blocks.2 blocks.3 blocks.4 blocks.5")]
    public void Blocks_of_built_in_models_go_load_again_and_train_on(string name, string blocks)
    {
        using var net = Create(name);
        var sample = Nets.Random(3, 2, 1, 28, 28);
        var trace = BlockTrace.Of(net, sample);
        Assert.Equal(blocks.Split(' '), trace.Blocks.Select(static block => block.Name));
        var removed = trace.Blocks.Where(static (_, k) => k % 2 == 1).ToArray();
        var outcome = DepthShrinker.Shrink(trace, removed);
        Assert.InRange(outcome.Difference, 0, 1e-6);
        Assert.Equal((trace.Size.Macs - removed.Sum(static block => block.Macs), trace.Size.Parameters - removed.Sum(static block => block.Parameters), trace.Size.Bytes - removed.Sum(static block => block.Bytes)), (outcome.After.Macs, outcome.After.Parameters, outcome.After.Bytes));
        Assert.Equal(trace.Size, outcome.Before);
        Assert.DoesNotContain(net.state_dict().Keys, key => removed.Any(block => key.StartsWith(block.Name + ".", StringComparison.Ordinal)));

        // The one call that loads it.
        var path = Path.Combine(_folder, "small.safetensors");
        ShrunkNetwork.Save(net, path);
        using var again = Create(name);
        ShrunkNetwork.Load(again, path);
        Assert.Equal(net.state_dict().Keys, again.state_dict().Keys);
        net.eval();
        again.eval();
        Assert.Equal(net.call(sample).data<float>().ToArray(), again.call(sample).data<float>().ToArray());

        again.train();
        using var optimizer = optim.SGD(again.parameters(), 0.1, momentum: 0.9);
        for (var step = 0; step < 2; step++)
        {
            optimizer.zero_grad();
            using var loss = functional.cross_entropy(again.call(ones(4, 1, 28, 28)), arange(4));
            loss.backward();
            optimizer.step();
            Assert.True(float.IsFinite(loss.item<float>()));
        }

        // What has been made smaller once can be made smaller again, until no block is left.
        var rest = BlockTrace.Of(net, sample);
        Assert.Equal(trace.Blocks.Except(removed).Select(static block => block.Name), rest.Blocks.Select(static block => block.Name));
        DepthShrinker.Shrink(rest, rest.Blocks.ToArray());
        Assert.Empty(BlockTrace.Of(net, sample).Blocks);
        ShrunkNetwork.Save(net, path);
        using var least = Create(name);
        ShrunkNetwork.Load(least, path);
        least.eval();
        net.eval();
        Assert.Equal(net.call(sample).data<float>().ToArray(), least.call(sample).data<float>().ToArray());
    }

    [Fact]
    public void What_is_left_is_the_network_that_was_built_without_the_block()
    {
        using var net = Sequential(("in", Linear(6, 8)), ("a", new Twice(8)), ("b", new Twice(8)), ("mix", Linear(8, 8)), ("out", Linear(8, 3)));
        using var built = Sequential(("in", Linear(6, 8)), ("b", new Twice(8)), ("out", Linear(8, 3)));
        Nets.Fill(net, 5);
        var sample = Nets.Random(7, 4, 6);
        var trace = BlockTrace.Of(net, sample);
        Assert.Equal(["a", "b", "mix"], trace.Blocks.Select(static block => block.Name));
        Assert.Equal((64, 64 + 8, 4 * (64 + 8)), (trace.Blocks[2].Macs, trace.Blocks[2].Parameters, trace.Blocks[2].Bytes));
        DepthShrinker.Shrink(trace, [trace.Blocks[0], trace.Blocks[2], trace.Blocks[2]]);
        built.load_state_dict(net.state_dict());
        Assert.Equal(["in", "b", "out"], net.named_children().Select(static child => child.name));
        Assert.Equal(built.call(sample).data<float>().ToArray(), net.call(sample).data<float>().ToArray());
    }

    [Fact]
    public void A_block_that_other_code_calls_is_refused_and_nothing_is_changed()
    {
        using var net = new Beside();
        var sample = Nets.Random(7, 4, 8);
        var before = net.state_dict().ToDictionary(static entry => entry.Key, static entry => entry.Value.data<float>().ToArray());
        var output = net.call(sample).data<float>().ToArray();
        var trace = BlockTrace.Of(net, sample);
        var error = Assert.Throws<NetworkPruningException>(() => DepthShrinker.Shrink(trace, [trace.Blocks[0]]));
        Assert.Contains("isn't the one in which blocks.0 give what they are given on random weights", error.Message, StringComparison.Ordinal);
        Assert.Equal(before.Keys, net.state_dict().Keys);
        Assert.All(net.state_dict(), entry => Assert.Equal(before[entry.Key], entry.Value.data<float>().ToArray()));
        Assert.Equal(output, net.call(sample).data<float>().ToArray());

        // One that nobody else calls goes.
        Assert.Equal(0, DepthShrinker.Shrink(trace, [trace.Blocks[1]]).Difference);
        using var other = new Beside();
        Assert.Contains("none of this trace's", Assert.Throws<NetworkPruningException>(() => DepthShrinker.Shrink(BlockTrace.Of(other, sample), [trace.Blocks[0]])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_within_another_is_known_by_two_names_and_goes_once()
    {
        // register_module finds the fields of what it is given, beside what that has registered itself.
        using var net = new Outer();
        Assert.Contains("within._blocks.1", net.named_modules().Select(static entry => entry.name));
        var sample = Nets.Random(7, 4, 8);
        var trace = BlockTrace.Of(net, sample);
        Assert.Equal(2, trace.Blocks.Count);
        DepthShrinker.Shrink(trace, [trace.Blocks[1]]);
        var path = Path.Combine(_folder, "small.safetensors");
        ShrunkNetwork.Save(net, path);
        using var again = new Outer();
        ShrunkNetwork.Load(again, path);
        Assert.Equal(net.call(sample).data<float>().ToArray(), again.call(sample).data<float>().ToArray());
        Assert.Single(BlockTrace.Of(again, sample).Blocks);
    }

    [Fact]
    public void What_a_module_holds_itself_and_what_stands_twice_stays_and_is_listed()
    {
        using var net = new Held();
        var trace = BlockTrace.Of(net, Nets.Random(7, 4, 8));
        Assert.Empty(trace.Blocks);
        Assert.Equal([("first", "is held by the code of the network, which would go on calling it; keep blocks in a Sequential")], trace.Fixed.Select(static part => (part.Layer, part.Why)));
        Assert.Contains("first is held by the code of the network", Assert.Throws<NetworkPruningException>(() => BlockBudget.Choose(trace, [], ChannelTarget.Macs, 0.5)).Message, StringComparison.Ordinal);

        var shared = new Twice(8);
        using var twice = Sequential(("a", shared), ("b", shared), ("c", new Twice(8)));
        var second = BlockTrace.Of(twice, Nets.Random(7, 4, 8));
        Assert.Equal(["c"], second.Blocks.Select(static block => block.Name));
        Assert.Equal(["a"], second.Fixed.Select(static part => part.Layer));
    }

    [Fact]
    public void A_file_without_a_mark_or_with_what_is_none_of_the_networks_is_refused()
    {
        var path = Path.Combine(_folder, "small.safetensors");
        using var net = Create("resnet-small");
        var trace = BlockTrace.Of(net, Nets.Random(3, 1, 1, 28, 28));
        DepthShrinker.Shrink(trace, [trace.Blocks[0]]);
        ShrunkNetwork.Save(net, path);
        var content = Winnow.Data.Formats.Safetensors.Read(path);
        content.Metadata.Clear();
        using (var file = File.Create(path))
        {
            Winnow.Data.Formats.Safetensors.Write(file, content);
        }

        using var again = Create("resnet-small");
        var count = again.state_dict().Count;
        Assert.Contains("\"layer1.0.conv1.weight\" is missing", Assert.Throws<NetworkPruningException>(() => ShrunkNetwork.Load(again, path)).Message, StringComparison.Ordinal);
        Assert.Equal(count, again.state_dict().Count);

        ShrunkNetwork.Save(net, path);
        using var other = Create("resnet9");
        Assert.Contains("is none of the network's", Assert.Throws<NetworkPruningException>(() => ShrunkNetwork.Load(other, path)).Message, StringComparison.Ordinal);
    }

    private static Module<Tensor, Tensor> Create(string name) => ModelCatalog.Create(name, new ModelShape(1, 28, 28, 10));

    /// <summary>x + W x, changing its input in place on the way.</summary>
    internal sealed class Twice : Module<Tensor, Tensor>
    {
        private readonly Linear _inner;

        public Twice(int width)
            : base(nameof(Twice)) => register_module("inner", _inner = Linear(width, width));

        public override Tensor forward(Tensor input) => _inner.call(input).add_(input.add_(1));
    }

    /// <summary>Calls a block that a Sequential holds by itself, too.</summary>
    private sealed class Beside : Module<Tensor, Tensor>
    {
        private readonly Sequential _blocks;
        private readonly Twice _first = new(8);

        public Beside()
            : base(nameof(Beside)) => register_module("blocks", _blocks = Sequential(("0", _first), ("1", new Twice(8))));

        public override Tensor forward(Tensor input) => _blocks.call(input.clone()) + _first.call(input.clone());
    }

    /// <summary>Blocks in a module in a module.</summary>
    private sealed class Outer : Module<Tensor, Tensor>
    {
        private readonly Inner _within = new();

        public Outer()
            : base(nameof(Outer)) => register_module("within", _within);

        public override Tensor forward(Tensor input) => _within.call(input.clone());

        private sealed class Inner : Module<Tensor, Tensor>
        {
            private readonly Sequential _blocks = Sequential(("0", new Twice(8)), ("1", new Twice(8)));

            public Inner()
                : base(nameof(Inner)) => register_module("blocks", _blocks);

            public override Tensor forward(Tensor input) => _blocks.call(input);
        }
    }

    /// <summary>Holds a block in a field.</summary>
    private sealed class Held : Module<Tensor, Tensor>
    {
        private readonly Twice _first = new(8);
        private readonly Linear _last = Linear(8, 2);

        public Held()
            : base(nameof(Held))
        {
            register_module("first", _first);
            register_module("last", _last);
        }

        public override Tensor forward(Tensor input) => _last.call(_first.call(input));
    }
}
