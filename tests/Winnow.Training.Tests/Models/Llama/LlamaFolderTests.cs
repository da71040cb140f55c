using System.Text.Json;
using System.Text.Json.Nodes;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Records;
using Winnow.Training.Models.Llama;
using Winnow.Training.Tasks.Generation;
using Winnow.Training.Tests.Tasks.Generation;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Models.Llama;

/// <summary>Models as Hugging Face's libraries keep them: what a run leaves, and what can be begun with.</summary>
[Collection(TrainingCollection.Name)]
public sealed class LlamaFolderTests : IDisposable
{
    private static readonly GenerationRecipe s_recipe = SmallTexts.Recipe with { Epochs = 1, Depth = 2, Heads = 4, KeyValueHeads = 2, Width = 32 };

    private readonly string _root = Directory.CreateTempSubdirectory("winnow-llama-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tensors_and_config_have_the_names_shapes_and_fields_of_LlamaForCausalLM(bool tied)
    {
        var (folder, task) = Trained(s_recipe with { TieEmbeddings = tied, Intermediate = 48 });
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!;
        var tokens = task.Tokenizer.Size;
        foreach (var (name, value) in new (string, JsonNode)[]
        {
            ("model_type", "llama"), ("hidden_size", 32), ("intermediate_size", 48), ("num_hidden_layers", 2), ("num_attention_heads", 4), ("num_key_value_heads", 2), ("head_dim", 8), ("vocab_size", tokens),
            ("max_position_embeddings", 32), ("tie_word_embeddings", tied), ("hidden_act", "silu"), ("attention_bias", false), ("mlp_bias", false), ("rope_theta", 10000), ("rms_norm_eps", 1e-5),
            ("bos_token_id", 0), ("eos_token_id", 0), ("torch_dtype", "float32"),
        })
        {
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(value.ToJsonString()), config[name]), name);
        }

        Assert.Equal("LlamaForCausalLM", (string?)config["architectures"]![0]);
        var expected = new Dictionary<string, string> { ["model.embed_tokens.weight"] = $"F32[{tokens}, 32]", ["model.norm.weight"] = "F32[32]" };
        for (var layer = 0; layer < 2; layer++)
        {
            foreach (var (name, shape) in new[]
            {
                ("self_attn.q_proj", "32, 32"), ("self_attn.k_proj", "16, 32"), ("self_attn.v_proj", "16, 32"), ("self_attn.o_proj", "32, 32"),
                ("mlp.gate_proj", "48, 32"), ("mlp.up_proj", "48, 32"), ("mlp.down_proj", "32, 48"), ("input_layernorm", "32"), ("post_attention_layernorm", "32"),
            })
            {
                expected.Add($"model.layers.{layer}.{name}.weight", $"F32[{shape}]");
            }
        }

        if (!tied)
        {
            expected.Add("lm_head.weight", $"F32[{tokens}, 32]");
        }

        var content = Safetensors.Read(Path.Combine(folder, "model.safetensors"));
        Assert.Equal(expected.OrderBy(static entry => entry.Key, StringComparer.Ordinal).Select(static entry => (entry.Key, entry.Value)), content.Arrays.Select(static array => (array.Name, array.Description)).OrderBy(static entry => entry.Name, StringComparer.Ordinal));
        var tokenizerConfig = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer_config.json")))!;
        Assert.Equal(("PreTrainedTokenizerFast", "<|endoftext|>"), ((string?)tokenizerConfig["tokenizer_class"], (string?)tokenizerConfig["eos_token"]));
    }

    // Written in Python from the papers' formulas, with the rotation of pairs (k, k + half) by complex numbers, and a loop over heads.
    [PythonTorchFact]
    public void PyTorch_computes_the_same_logits_from_the_same_file()
    {
        var (folder, task) = Trained(s_recipe with { TieEmbeddings = false });
        using var scope = NewDisposeScope();
        using var silent = no_grad();
        using var model = (LlamaDecoder)task.CreateModel(CPU);
        var weights = LlamaFolder.Read(GenerationRecipe.ModelIn(folder)).Weights;
        var network = new Network(model);
        network.Load(weights, "llama");
        network.Forget();
        long[] tokens = [.. Enumerable.Range(0, 2 * 21).Select(k => (long)(k * 7919 % task.Tokenizer.Size))];
        var ours = model.Logits(model.Hidden(tensor(tokens, [2, 21]))).to(ScalarType.Float32);
        File.WriteAllText(Path.Combine(_root, "tokens.json"), JsonSerializer.Serialize(tokens));
        const string Script = """
            import json, struct, sys
            import torch
            torch.set_num_threads(1)
            folder, tokens = sys.argv[1], torch.tensor(json.load(open(sys.argv[2]))).view(2, 21)
            raw = open(folder + "/model.safetensors", "rb").read()
            length = struct.unpack("<Q", raw[:8])[0]
            w = {name: torch.frombuffer(bytearray(raw[8 + length + e["data_offsets"][0]:8 + length + e["data_offsets"][1]]), dtype=torch.float32).view(e["shape"])
                 for name, e in json.loads(raw[8:8 + length]).items() if name != "__metadata__"}
            c = json.load(open(folder + "/config.json"))
            heads, shared, size = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
            def norm(x, name):
                return x / (x.pow(2).mean(-1, keepdim=True) + c["rms_norm_eps"]).sqrt() * w[name + ".weight"]
            def turn(x):
                half = size // 2
                rate = c["rope_theta"] ** (-torch.arange(half, dtype=torch.float64) / half)
                angle = torch.arange(x.shape[1], dtype=torch.float64)[:, None] * rate
                z = torch.complex(x[..., :half].double(), x[..., half:].double()) * torch.polar(torch.ones_like(angle), angle)
                return torch.cat([z.real, z.imag], -1).float()
            x = w["model.embed_tokens.weight"][tokens]
            hidden = torch.ones(21, 21).triu(1).bool()
            for layer in range(c["num_hidden_layers"]):
                p = f"model.layers.{layer}."
                y = norm(x, p + "input_layernorm")
                q, k, v = (y @ w[p + f"self_attn.{n}_proj.weight"].T for n in "qkv")
                mixed = []
                for h in range(heads):
                    s = h // (heads // shared)
                    a = turn(q[..., h * size:(h + 1) * size]) @ turn(k[..., s * size:(s + 1) * size]).transpose(1, 2) / size ** 0.5
                    mixed.append(a.masked_fill(hidden, float("-inf")).softmax(-1) @ v[..., s * size:(s + 1) * size])
                x = x + torch.cat(mixed, -1) @ w[p + "self_attn.o_proj.weight"].T
                y = norm(x, p + "post_attention_layernorm")
                gate = y @ w[p + "mlp.gate_proj.weight"].T
                x = x + (gate * gate.sigmoid() * (y @ w[p + "mlp.up_proj.weight"].T)) @ w[p + "mlp.down_proj.weight"].T
            print(json.dumps((norm(x, "model.norm") @ w["lm_head.weight"].T).flatten().tolist()))
            """;
        var (code, output) = PythonTorch.Run("-c", Script, folder, Path.Combine(_root, "tokens.json"));
        Assert.True(code == 0, output);
        var theirs = JsonSerializer.Deserialize<float[]>(output)!;
        var values = ours.flatten().data<float>().ToArray();
        Assert.Equal(values.Length, theirs.Length);
        Assert.True(values.Max(Math.Abs) > 0.1, "the logits say nothing");
        Assert.All(values.Zip(theirs), static pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }

    [Fact]
    public void A_run_begins_with_the_network_and_the_tokenizer_of_a_folder()
    {
        var (folder, task) = Trained(s_recipe);
        var recipe = new GenerationRecipe { InitialWeights = GenerationRecipe.ModelIn(folder), Context = 32, BatchSize = 16, Epochs = 1 };
        var tuned = new GenerationTask(SmallTexts.Plain(), recipe);
        Assert.Equal((task.Tokenizer.Size, task.Config), (tuned.Tokenizer.Size, tuned.Config));
        using var scope = NewDisposeScope();
        using var model = tuned.CreateModel(CPU);
        var weights = LlamaFolder.Read(recipe.InitialWeights).Weights.ToDictionary(static weight => weight.Name);
        Assert.All(model.named_parameters(), entry => Assert.Equal(weights[entry.name].Values, entry.parameter.data<float>().ToArray()));

        // Begun with what was learned, it is better from the start than a drawn one is.
        var outcome = new Trainer(tuned, recipe with { LearningRate = 1e-9 }, CPU).Run(new TrainingRequest { Method = "full" }, []);
        Assert.True(outcome.TestLoss < Math.Log(tuned.Tokenizer.Size) - 0.1, $"{outcome.TestLoss}");
        Assert.Equal(recipe.InitialWeights, recipe.BeginsWith());
    }

    [Fact]
    public void Several_files_and_shorter_floats_are_read()
    {
        var (folder, _) = Trained(s_recipe);
        var path = Path.Combine(folder, "model.safetensors");
        var content = Safetensors.Read(path);
        var map = new JsonObject();
        for (var k = 0; k < 3; k++)
        {
            var part = new SafetensorsContent();
            foreach (var array in content.Arrays.Where((_, at) => at % 3 == k))
            {
                var values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(array.Data.Span).ToArray();
                var bytes = k == 0 ? array.Data : k == 1
                    ? System.Runtime.InteropServices.MemoryMarshal.AsBytes(Array.ConvertAll(values, static value => (Half)value).AsSpan()).ToArray()
                    : System.Runtime.InteropServices.MemoryMarshal.AsBytes(Array.ConvertAll(values, static value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)).AsSpan()).ToArray();
                part.Arrays.Add(array with { Type = k == 0 ? "F32" : k == 1 ? "F16" : "BF16", Data = bytes });
                map.Add(array.Name, $"part-{k}.safetensors");
            }

            using var stream = File.Create(Path.Combine(folder, $"part-{k}.safetensors"));
            Safetensors.Write(stream, part);
        }

        var before = LlamaFolder.Read(GenerationRecipe.ModelIn(folder)).Weights.ToDictionary(static weight => weight.Name);
        File.Delete(path);
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
        var after = LlamaFolder.Read(GenerationRecipe.ModelIn(folder)).Weights;
        Assert.Equal(before.Keys.Order(), after.Select(static weight => weight.Name).Order());
        Assert.All(after, weight => Assert.All(before[weight.Name].Values.Zip(weight.Values), static pair => Assert.Equal(pair.First, pair.Second, 1e-2f * Math.Max(0.01f, Math.Abs(pair.First)))));
        File.Delete(Path.Combine(folder, "part-1.safetensors"));
        Assert.Contains("part-1.safetensors: there is no such file", Assert.Throws<DataAccessException>(() => GenerationRecipe.ModelIn(folder)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string> Configs => new()
    {
        { "\"model_type\": \"llama\"", "\"model_type\": \"gpt2\"", "\"model_type\" is \"gpt2\"; what can be read has it llama, or mistral without a window." },
        { "\"rope_scaling\": null", "\"rope_scaling\": {\"factor\": 8}", "\"rope_scaling\" is {\"factor\": 8}; what can be read has it absent." },
        { "\"attention_bias\": false", "\"attention_bias\": true", "\"attention_bias\" is true; what can be read has it false: networks with biases aren't read yet." },
        { "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", "\"num_key_value_heads\" is 3; what can be read has it a divisor of the 4 heads." },
        { "\"hidden_size\": 32", "\"hidden_size\": \"many\"", "\"hidden_size\" is \"many\"; what can be read has it a number in [1, 16777216]." },
        { "\"bos_token_id\": 0", "\"bos_token_id\": 70000", "\"bos_token_id\" is 70000; what can be read has it the number of a token." },
        { "\"num_hidden_layers\": 2,", "", "\"num_hidden_layers\" is missing; what can be read has it a number in [1, 16777216]." },
    };

    [Theory]
    [MemberData(nameof(Configs))]
    public void A_network_of_another_kind_is_refused_by_the_field_that_says_so(string there, string instead, string message)
    {
        var (folder, _) = Trained(s_recipe);
        var path = Path.Combine(folder, "config.json");
        var text = File.ReadAllText(path);
        Assert.Contains(there, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(there, instead, StringComparison.Ordinal));
        Assert.Equal($"{path}: {message}", Assert.Throws<DataException>(() => LlamaFolder.Read(GenerationRecipe.ModelIn(folder))).Message);
    }

    [Fact]
    public void A_folder_that_doesnt_fit_or_has_changed_is_refused()
    {
        var (folder, task) = Trained(s_recipe);
        var identity = GenerationRecipe.ModelIn(folder);
        Assert.Contains("there is no such folder", Assert.Throws<DataAccessException>(() => GenerationRecipe.ModelIn(Path.Combine(_root, "missing"))).Message, StringComparison.Ordinal);
        Assert.Contains("is a file where the folder of a language model is needed", Assert.Throws<DataAccessException>(() => GenerationRecipe.ModelIn(Path.Combine(folder, "config.json"))).Message, StringComparison.Ordinal);
        var recipe = new GenerationRecipe { InitialWeights = identity, Context = 64 };
        Assert.StartsWith("Context 64 is more than the 32 positions of the model in ", Assert.Throws<RecipeException>(() => new GenerationTask(SmallTexts.Pairs(), recipe)).Message, StringComparison.Ordinal);
        Edit("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3");
        Assert.Contains("isn't the model that the run was begun with", Assert.Throws<RecipeException>(() => LlamaFolder.Read(identity)).Message, StringComparison.Ordinal);
        var other = new GenerationTask(SmallTexts.Pairs(), recipe with { InitialWeights = GenerationRecipe.ModelIn(folder), Context = 32 });
        Assert.Contains("\"model.layers.2.self_attn.q_proj.weight\" is missing", Assert.Throws<RecipeException>(() => other.CreateModel(CPU)).Message, StringComparison.Ordinal);
        Edit($"\"vocab_size\": {task.Tokenizer.Size}", "\"vocab_size\": 260");
        Assert.Contains("they don't belong together", Assert.Throws<DataException>(() => LlamaFolder.Read(GenerationRecipe.ModelIn(folder))).Message, StringComparison.Ordinal);
        Edit("\"vocab_size\": 260", $"\"vocab_size\": {task.Tokenizer.Size}");
        var weights = Path.Combine(folder, "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        BitConverter.GetBytes(float.NaN).CopyTo(bytes, bytes.Length - 4);
        File.WriteAllBytes(weights, bytes);
        Assert.Contains("a network with such weights computes nothing", Assert.Throws<DataException>(() => LlamaFolder.Read(GenerationRecipe.ModelIn(folder))).Message, StringComparison.Ordinal);

        void Edit(string there, string instead)
        {
            var path = Path.Combine(folder, "config.json");
            File.WriteAllText(path, File.ReadAllText(path).Replace(there, instead, StringComparison.Ordinal));
        }
    }

    /// <summary>The folder that a short run leaves, and its task.</summary>
    private (string Folder, GenerationTask Task) Trained(GenerationRecipe recipe)
    {
        var task = new GenerationTask(SmallTexts.Pairs(), recipe);
        var outcome = new Trainer(task, recipe, CPU).Run(new TrainingRequest { Method = "full" }, []);
        using var folder = RunFolder.Create(Path.Combine(_root, Path.GetRandomFileName()));
        Assert.False(folder.HasWeights("weights", task));
        folder.WriteWeights("weights", outcome.Weights, task);
        Assert.True(folder.HasWeights("weights", task));
        var kept = Path.Combine(_root, Path.GetRandomFileName());
        Directory.Move(Path.Combine(folder.Path, "weights", "weights"), kept);
        return (kept, task);
    }
}
