import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.Base64;
import java.util.Map;
import net.minidev.json.JSONValue;
import net.minidev.json.parser.JSONParser;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;
import org.apache.velocity.runtime.log.NullLogChute;
import static java.nio.charset.StandardCharsets.UTF_8;

/** Evaluates templates: a line with an object whose members are the variables, a line with a template, both base64. */
public class Templates {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        VelocityEngine shared = engine();
        for (String variables; (variables = in.readLine()) != null; ) {
            String template = decode(in.readLine());
            String answer;
            try {
                VelocityContext context = new VelocityContext();
                context.put("escape", new StringEscapeUtils());
                Object root = new JSONParser(JSONParser.MODE_PERMISSIVE).parse(decode(variables), JSONValue.defaultReader.DEFAULT_ORDERED);
                for (Object entry : ((Map) root).entrySet())
                    context.put((String) ((Map.Entry) entry).getKey(), ((Map.Entry) entry).getValue());
                StringWriter writer = new StringWriter();
                VelocityEngine engine = template.contains("macro") ? engine() : shared; // macros outlive their templates
                engine.evaluate(context, writer, "t", template);
                answer = "=" + writer;
            } catch (Throwable e) {
                answer = "!" + e;
            }
            out.println(Base64.getEncoder().encodeToString(answer.getBytes(UTF_8)));
            out.flush();
        }
    }

    private static VelocityEngine engine() {
        VelocityEngine engine = new VelocityEngine();
        engine.setProperty("runtime.log.logsystem.class", NullLogChute.class.getName());
        engine.init();
        return engine;
    }

    private static String decode(String line) {
        return new String(Base64.getDecoder().decode(line), UTF_8);
    }
}
